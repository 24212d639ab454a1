"""SUBSCRIBE and UNSUBSCRIBE and their answers. Never here: who gets what, connecting."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from mqtt5 import RetainHandling, SubAckPacket, SubscribePacket, TopicFilter, UnsubAckPacket, UnsubscribePacket

from nodes.clients.mqtt.codec311 import QOS
from nodes.clients.mqtt.errors import Disconnected, SubscribeRefused
from nodes.clients.mqtt.framing import Codec
from nodes.clients.mqtt.outbox import PacketIds
from nodes.clients.mqtt.subscriptions import Interest
from nodes.clients.mqtt.suspects import Suspects


class Asking:
    """What was asked on this connection and not yet answered."""

    def __init__(self, codec: Codec, ids: PacketIds, write: Callable[[bytes], None], timeout_s: float):
        self.codec, self._ids, self._write, self._timeout_s = codec, ids, write, timeout_s
        self._open: dict[int, tuple[Interest | None, float]] = {}
        self._later: deque[Interest] = deque()
        self.suspects = Suspects()
        self.identifiers = True
        """Whether the broker knows subscription identifiers."""

    def forget(self) -> None:
        """The connection is gone: nothing will be answered."""
        for packet_id in self._open:
            self._ids.give_back(packet_id)
        self._open.clear()
        self._later.clear()

    @property
    def unanswered(self) -> list[str]:
        """Filters that were asked for and not answered yet."""
        return [interest.filter for interest, _ in self._open.values() if interest is not None]

    def subscribe(self, interests: Iterable[Interest]) -> None:
        """Ask for these, in one write. One packet each: an identifier is per packet."""
        if self.suspects.one_at_a_time:
            self._later.extend(interests)
            interests = [self._later.popleft()] if self._later and not self.unanswered else []
        wires = [self.codec.write(self._subscribe_packet(interest)) for interest in interests]
        if wires:
            self._write(b"".join(wires))

    def _subscribe_packet(self, interest: Interest) -> SubscribePacket:
        options = interest.options
        topic_filter = TopicFilter(
            interest.filter,
            max_qos=QOS[options.qos],
            no_local=options.no_local,
            retain_as_published=options.retain_as_published,
            retain_handling=RetainHandling(options.retain_handling),
        )
        number = interest.id if self.identifiers else None
        return SubscribePacket(self._new_id(interest), [topic_filter], subscription_id=number)

    def unsubscribe(self, filter_: str) -> None:
        """Nobody here wants this filter any more."""
        self._write(self.codec.write(UnsubscribePacket(self._new_id(None), [filter_])))

    def _new_id(self, interest: Interest | None) -> int:
        packet_id = self._ids.take()
        self._open[packet_id] = interest, asyncio.get_running_loop().time()
        return packet_id

    def check(self, now_s: float) -> None:
        """Raises `Disconnected` when the broker owes an answer for too long."""
        oldest_s = min((since_s for _, since_s in self._open.values()), default=now_s)
        if now_s - oldest_s > self._timeout_s:
            raise Disconnected(f"no answer to SUBSCRIBE within {self._timeout_s:g} s")

    def suback(self, packet: SubAckPacket) -> None:
        """The broker granted or refused."""
        interest = self._answered(packet.packet_id)
        if interest is None:
            return
        self.suspects.answered(interest.filter)
        self._go_on()
        code = int(packet.reason_codes[0])
        if code < 0x80:
            interest.granted = True
            interest.settle_answer(code)
            return
        reason = packet.reason_str or packet.reason_codes[0].name.lower().replace("_", " ")
        fault = SubscribeRefused(interest.filter, reason, code)
        refuse(interest, fault)

    def _go_on(self) -> None:
        if self._later:
            self.subscribe([])
        elif not self.unanswered:
            self.suspects.settled()

    def unsuback(self, packet: UnsubAckPacket) -> None:
        """The broker forgot a filter."""
        self._answered(packet.packet_id)

    def _answered(self, packet_id: int) -> Interest | None:
        if packet_id not in self._open:
            return None
        self._ids.give_back(packet_id)
        return self._open.pop(packet_id)[0]


def refuse(interest: Interest, fault: SubscribeRefused) -> None:
    """Tell everybody who waits for this filter."""
    interest.settle_answer(fault)
    for subscription in interest.subscribers:
        if subscription.on_refused is not None:
            subscription.on_refused(fault)
