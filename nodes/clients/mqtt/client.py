"""The client: connects, comes back, and gives nodes `subscribe` and `publish`. Never here: what packets mean."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence

from mqtt5 import DisconnectPacket

from flowengine.diagnosis import Diagnosis, Party
from flowengine.ending import end
from nodes.clients.mqtt.backoff import Backoff
from nodes.clients.mqtt.errors import Closed, Disconnected, MqttError, SubscribeRefused
from nodes.clients.mqtt.filters import check_filter
from nodes.clients.mqtt.session import Session
from nodes.clients.mqtt.settings import MqttSettings, Publication
from nodes.clients.mqtt.subscriptions import OnBatch, Options, Subscription
from nodes.clients.mqtt.upkeep import Upkeep

log = logging.getLogger(__name__)


class MqttClient:
    """One connection to a broker, kept up for ever; shared by any number of subscribers and publishers.

    `on_connect` gets whether the session was kept, `on_disconnect` why it ended, `on_failure` why a try failed, or
    again and again that a broker leaves the connection standing and does not answer; `on_answer` that it does again.
    Make it inside a running loop.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        on_connect: Callable[[bool], None] | None = None,
        on_disconnect: Callable[[Exception], None] | None = None,
        on_failure: Callable[[Exception], None] | None = None,
        on_answer: Callable[[], None] | None = None,
        jitter: Callable[[], float] = random.random,
    ):
        self.settings = settings
        self._loop = asyncio.get_running_loop()
        self._session = Session(settings)
        self._upkeep = Upkeep(self._session, Backoff(jitter), on_connect, on_disconnect, on_failure, on_answer)
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.siblings: Callable[[], Iterable[MqttClient]] = tuple
        """Clients of this process that take what this one's session brings and nobody here wants."""
        self._session.delivery.siblings = lambda: (each._session.delivery for each in self.siblings())

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the link stands."""
        return self._session.link is not None

    @property
    def dead(self) -> bool:
        """Whether its task has ended though nobody closed it."""
        return self._task is not None and self._task.done() and not self._closing

    @property
    def reconnects(self) -> int:
        """How often the connection was lost and made again."""
        return max(0, self._upkeep.connects - 1)

    @property
    def last_error(self) -> Exception | None:
        """Why the last connection ended or could not be made; None when none ever failed."""
        return self._upkeep.last_error

    @property
    def fault(self) -> str:
        """What is wrong now, in words; empty when nothing is."""
        return self._upkeep.fault

    @property
    def tls(self) -> str:
        """The version of TLS that is spoken, such as `TLSv1.3`; empty without, or where nobody tells."""
        link = self._session.link
        return link.tls if link is not None else ""

    @property
    def counters(self) -> dict[str, int]:
        """Received, published, given up, held, waiting: all in messages; held also in bytes."""
        delivery, publishing = self._session.delivery, self._session.publishing
        return {
            "received": delivery.received,
            "unclaimed": delivery.unclaimed,
            "held": delivery.held.messages,
            "held_bytes": delivery.held.size_bytes,
            "published": publishing.published,
            "unanswered": len(publishing.outbox),
        }

    def diagnosis(self) -> Diagnosis:
        """What went over the line, how the broker answers, and the filters that it refuses."""
        session, settings = self._session, self.settings
        figures: dict[str, float] = {**self.counters}
        if session.round_trip_s is not None:
            figures["round_trip_ms"] = round(session.round_trip_s * 1000, 1)
        host, port = settings.address
        broker = Party(f"{host}:{port}", self.fault, figures, session.subscribing.refused)
        return Diagnosis(session.tape.figures, [broker], session.tape.frames)

    async def start(self) -> None:
        """Begin to connect; does not wait for the broker, which may be away for hours."""
        if self._task is None:
            self._task = self._loop.create_task(self._upkeep.run(), name=f"mqtt {self.settings.client_id}")

    async def wait_connected(self, timeout_s: float | None = None) -> None:
        """Return once connected. Raises TimeoutError, whose cause is in `last_error`."""
        async with asyncio.timeout(timeout_s):
            await self._upkeep.up.wait()

    def subscribe(
        self,
        filter_: str,
        on_batch: OnBatch,
        *,
        qos: int = 1,
        no_local: bool = False,
        retain_as_published: bool = True,
        retain_handling: int = 0,
        on_refused: Callable[[SubscribeRefused], None] | None = None,
    ) -> Subscription:
        """A subscription that lives over reconnects; `$share/group/filter` too. Connected or not.

        `on_batch` gets lists in the order of arrival and must not block. Raises `ValueError` for a bad filter.
        Several subscriptions to one filter share it at the broker, with the highest QoS.
        """
        check_filter(filter_)
        if qos not in (0, 1, 2) or retain_handling not in (0, 1, 2) or (no_local and filter_.startswith("$share/")):
            raise ValueError("qos and retain_handling must be 0 to 2, and a shared subscription cannot be no_local")
        if self._closing:
            raise Closed("the client is closed")
        options = Options(qos, no_local, retain_as_published, retain_handling)
        subscribing, delivery = self._session.subscribing, self._session.delivery
        interest = subscribing.interest(filter_, options)
        subscription = Subscription(interest, on_batch, on_refused, delivery.settle, subscribing.leave, options)
        delivery.joined(interest, subscription)
        return subscription

    async def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish one message; see `publish_many`."""
        await self.publish_many([Publication(topic, payload, qos, retain)])

    async def publish_many(self, publications: Sequence[Publication], *, block: bool = True) -> None:
        """Return when the broker has acknowledged all of QoS 1 and 2, and those of QoS 0 are written.

        While disconnected, QoS 1 and 2 wait for the broker and QoS 0 raises `Disconnected`. Raises `PublishRefused`
        with the rows that will never be taken (bad topic, too large, not allowed) after the others went; `QueueFull`
        instead of waiting for room when not `block`. Cancelled: what was not written yet is withdrawn.
        """
        await self._session.publishing.publish_many(publications, block)

    def change(self, settings: MqttSettings) -> None:
        """Connect anew with other settings; subscriptions, what they hold and what waits to be sent live on."""
        self.settings = settings
        self._session.change(settings)
        self._upkeep.renew()

    def drop(self, reason: str) -> None:
        """Break the connection without a farewell, so that the broker sends the will; the client then comes back."""
        if self._session.link is not None:
            self._session.link.abort(Disconnected(reason))

    def stop(self) -> None:
        """`close` will follow: subscriptions that end from now on stay at the broker, with what is not settled."""
        self._session.subscribing.stop()

    async def close(self) -> None:
        """Flush what waits, say farewell, disconnect without a will; all within `close_timeout_s`."""
        if self._closing:
            return
        self._closing = True
        self._session.subscribing.stop()
        try:
            async with asyncio.timeout(self.settings.close_timeout_s):
                await self._say_goodbye()
        except (TimeoutError, MqttError) as fault:
            log.warning("mqtt: closing without having sent everything: %s", str(fault) or "out of time")
        finally:
            await self._end()

    async def _say_goodbye(self) -> None:
        link = self._session.link
        if link is None:
            return
        await self._session.publishing.flushed()
        if self.settings.farewell is not None:
            await self.publish_many([self.settings.farewell])
        link.write(self._session.codec.write(DisconnectPacket()))
        await link.close()

    async def _end(self) -> None:
        if self._task is not None:
            await end(self._task)
        self._session.publishing.close()
        for interest in self._session.delivery.router:
            if interest.parting is not None:
                interest.parting.cancel()
            interest.settle_answer(Closed("the client was closed"))
