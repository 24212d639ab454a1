"""From publications to bytes on the link, in joined writes, within bounds. Never here: the life of a connection."""

import asyncio
from collections.abc import Sequence

from flowengine.counts import count_of
from nodes.clients.mqtt.encoding import Encoder
from nodes.clients.mqtt.errors import Closed, Disconnected, PublishRefused, QueueFull
from nodes.clients.mqtt.framing import Codec
from nodes.clients.mqtt.link import Link
from nodes.clients.mqtt.outbox import Entry, Outbox, PacketIds, Waiter
from nodes.clients.mqtt.settings import MqttSettings, Publication

EXACT_WINDOW_311 = 20
"""3.1.1 has no receive maximum to tell; mosquitto hangs up on more than 20 unfinished QoS 2 messages by default."""


class Publishing:
    """The sending half of a client, over all its connections."""

    def __init__(self, settings: MqttSettings, codec: Codec, ids: PacketIds):
        self.settings = settings
        self._codec = codec
        self.encoder = Encoder(codec)
        self.outbox = Outbox(ids, self._write)
        self._link: Link | None = None
        self._turn = asyncio.Lock()
        self._room = asyncio.Event()
        self._empty = asyncio.Event()
        self._answered = asyncio.Event()
        self._birth: Waiter | None = None
        self.published = 0
        self.closed = False

    def _write(self, data: bytes) -> None:
        if self._link is not None:
            self._link.write(data)

    def connected(self, link: Link, session_present: bool, receive_maximum: int) -> None:
        """A new connection stands: the birth goes first, then what is unanswered."""
        self._link = link
        if self._birth is not None:
            self.outbox.forget(self._birth)
        window = min(receive_maximum, self.settings.inflight)
        exact_window = window if self.settings.version == "5" else min(window, EXACT_WINDOW_311)
        self.outbox.connected(session_present, window, exact_window, self.encoder.max_packet_bytes)
        birth = self.settings.birth_publication
        if birth is not None:
            self._send_birth(birth)
        self.outbox.pump()

    def _send_birth(self, birth: Publication) -> None:
        if not birth.qos:
            self._write(self.encoder.encode(birth, None))
            return
        self._birth = Waiter.of(1)
        packet_id = self.outbox.ids.take()
        wire = self.encoder.encode(birth, packet_id)
        self.outbox.add(packet_id, Entry(wire, birth.qos, self._birth, 0), first=True)

    def speak(self, codec: Codec) -> None:
        """The next connection has another version of MQTT: what waits is written in that."""
        self.outbox.rewrite(lambda wire: codec.write(self._codec.split(wire)[0][0]))
        self._codec, self.encoder = codec, Encoder(codec)

    async def pause(self) -> None:
        """Send nothing more on this connection; return when all that was sent is answered."""
        self.outbox.disconnected()
        while self.outbox.in_flight and self._link is not None:
            self._answered.clear()
            await self._answered.wait()

    def disconnected(self) -> None:
        """The connection is gone; QoS 1 and 2 wait for the next one."""
        self._answered.set()
        self._link = None
        self.outbox.disconnected()

    async def publish_many(self, publications: Sequence[Publication], block: bool) -> None:
        """See `MqttClient.publish_many`."""
        if self.closed:
            raise Closed("the client is closed")
        refused = self.encoder.refusals(publications)
        rows = [row for row in enumerate(publications) if row[0] not in refused] if refused else enumerate(publications)
        plain: list[tuple[int, Publication]] = []
        kept: list[tuple[int, Publication]] = []
        for row in rows:
            (kept if row[1].qos else plain).append(row)
        if plain:
            await self._send_plain(plain, refused)
        if kept:
            refused |= await self._send_kept(kept, block)
        self.published += len(publications) - len(refused)
        if refused:
            raise PublishRefused(dict(sorted(refused.items())))

    async def _send_plain(self, rows: list[tuple[int, Publication]], refused: dict[int, str]) -> None:
        link = self._link
        if link is None:
            raise Disconnected("not connected; QoS 0 is not queued")
        wires = []
        for row, publication in rows:
            try:
                wires.append(self.encoder.encode(publication, None))
            except ValueError as fault:
                refused[row] = str(fault)
        link.write(b"".join(wires))
        await link.drained()

    async def _send_kept(self, rows: list[tuple[int, Publication]], block: bool) -> dict[int, str]:
        waiter = Waiter.of(len(rows))
        try:
            async with self._turn:  # first come, first sent
                for row, publication in rows:
                    if self.outbox.is_full(self.settings):
                        self.outbox.pump()
                        await self._wait_for_room(block)
                    self._queue(row, publication, waiter)
                self.outbox.pump()
            await waiter.done
        except PublishRefused as fault:
            return fault.rows
        except (asyncio.CancelledError, QueueFull):
            self.outbox.withdraw(waiter)
            raise
        return {}

    def _queue(self, row: int, publication: Publication, waiter: Waiter) -> None:
        packet_id = self.outbox.ids.take()
        try:
            wire = self.encoder.encode(publication, packet_id)
        except ValueError as fault:
            self.outbox.ids.give_back(packet_id)
            waiter.settle(row, str(fault))
            return
        self.outbox.add(packet_id, Entry(wire, publication.qos, waiter, row))

    async def _wait_for_room(self, block: bool) -> None:
        if not block:
            size = count_of(self.outbox.size_bytes, "byte")
            raise QueueFull(f"{count_of(len(self.outbox), 'message waits', 'messages wait')} for the broker, {size}")
        while self.outbox.is_full(self.settings):
            self._room.clear()
            await self._room.wait()
            if self.closed:
                raise Closed("the client is closed")

    def answered(self) -> None:
        """Answers have come in: send on, and let publishers in."""
        self.outbox.pump()
        self._answered.set()
        if not self.outbox.is_full(self.settings):
            self._room.set()
        if not self.outbox:
            self._empty.set()

    async def flushed(self) -> None:
        """Return when the broker has answered everything."""
        while self.outbox and not self.closed:
            self._empty.clear()
            await self._empty.wait()

    def close(self) -> None:
        """Whoever still waits gets `Closed`."""
        self.closed = True
        self.outbox.fail(Closed("the client was closed before the broker answered"))
        self._room.set()
