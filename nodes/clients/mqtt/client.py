"""The client: connects, comes back, and gives nodes `subscribe` and `publish`. Never here: what packets mean."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import aiohttp
from mqtt5 import DisconnectPacket, PingReqPacket

from nodes.clients.mqtt.backoff import Backoff
from nodes.clients.mqtt.errors import Closed, Disconnected, MqttError, SubscribeRefused
from nodes.clients.mqtt.filters import check_filter
from nodes.clients.mqtt.framing import Framer
from nodes.clients.mqtt.link import Link, connect_tcp
from nodes.clients.mqtt.session import Session
from nodes.clients.mqtt.settings import MqttSettings, Publication
from nodes.clients.mqtt.subscriptions import Interest, OnBatch, Options, Subscription
from nodes.clients.mqtt.websocket import connect_websocket

log = logging.getLogger(__name__)
EXPECTED_FAULTS = (OSError, TimeoutError, MqttError, aiohttp.ClientError)


class MqttClient:
    """One connection to a broker, kept up for ever; shared by any number of subscribers and publishers.

    `on_connect` gets whether the session was kept, `on_disconnect` the reason. Make it inside a running loop.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        on_connect: Callable[[bool], None] | None = None,
        on_disconnect: Callable[[Exception], None] | None = None,
        jitter: Callable[[], float] = random.random,
    ):
        self.settings = settings
        self.connects = 0
        self.last_error: Exception | None = None
        self._on_connect, self._on_disconnect = on_connect, on_disconnect
        self._loop = asyncio.get_running_loop()
        self._session = Session(settings)
        self._backoff = Backoff(jitter)
        self._task: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._closing = False
        self._pinged_s = 0.0

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the link stands."""
        return self._session.link is not None

    @property
    def reconnects(self) -> int:
        """How often the connection was lost and made again."""
        return max(0, self.connects - 1)

    @property
    def counters(self) -> dict[str, int]:
        """Received, published, given up, held, waiting: all in messages; held also in bytes."""
        delivery, publishing = self._session.delivery, self._session.publishing
        return {
            "received": delivery.received,
            "unclaimed": delivery.unclaimed,
            "held": delivery.held_messages,
            "held_bytes": delivery.held_bytes,
            "published": publishing.published,
            "unanswered": len(publishing.outbox),
        }

    async def start(self) -> None:
        """Begin to connect; does not wait for the broker, which may be away for hours."""
        if self._task is None:
            self._task = self._loop.create_task(self._stay_connected(), name=f"mqtt {self.settings.client_id}")

    async def wait_connected(self, timeout_s: float | None = None) -> None:
        """Return once connected. Raises TimeoutError, whose cause is in `last_error`."""
        async with asyncio.timeout(timeout_s):
            await self._up.wait()

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
        interest = self._interest(filter_, Options(qos, no_local, retain_as_published, retain_handling))
        subscription = Subscription(interest, on_batch, on_refused, self._session.delivery.settled, self._left)
        self._session.delivery.joined(interest, subscription)
        return subscription

    def _interest(self, filter_: str, options: Options) -> Interest:
        interest = self._session.delivery.router.interests.get(filter_)
        if interest is None:
            interest = self._session.delivery.router.add(filter_, options)
        else:
            if interest.parting is not None:
                interest.parting.cancel()
                interest.parting = None
            qos_before = interest.options.qos if interest.subscribers else 0
            interest.options = replace(options, qos=max(options.qos, qos_before))
            interest.ask_again()
        self._session.subscribe([interest])
        return interest

    def _left(self, subscription: Subscription) -> None:
        self._session.delivery.left(subscription)
        interest = subscription.interest
        if not interest.subscribers and not self._closing:
            interest.parting = self._loop.call_later(self.settings.linger_s, self._part, interest)

    def _part(self, interest: Interest) -> None:
        if not interest.subscribers and not self._closing:
            self._session.delivery.drop_interest(interest)
            self._session.unsubscribe(interest)

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

    async def close(self) -> None:
        """Flush what waits, say farewell, disconnect without a will; all within `close_timeout_s`."""
        if self._closing:
            return
        self._closing = True
        try:
            async with asyncio.timeout(self.settings.close_timeout_s):
                await self._say_goodbye()
        except (TimeoutError, MqttError) as fault:
            self.last_error = fault
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
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._session.publishing.close()
        for interest in self._session.delivery.router:
            if interest.parting is not None:
                interest.parting.cancel()
            interest.settle_answer(Closed("the client was closed"))

    async def _stay_connected(self) -> None:
        while True:
            since_s = self._loop.time()
            try:
                fault = await self._connection()
            except EXPECTED_FAULTS as expected:
                fault = expected
            except Exception as unexpected:
                log.exception("mqtt: fault in the connection")
                fault = unexpected
            if not self._closing:
                self.last_error = fault
            self._backoff.lived(self._loop.time() - since_s)
            await asyncio.sleep(self._backoff.delay_s(fault))

    async def _connection(self) -> Exception:
        """One connection from CONNECT to its end; the reason of the end."""
        link = await self._open()
        try:
            self.connects += 1
            self._up.set()
            if self._on_connect is not None:
                self._on_connect(self._session.session_present)
            fault = await self._watch(link)
        finally:
            self._up.clear()
            self._session.lost()
            link.abort(Disconnected("the client ended the connection"))
        if self._on_disconnect is not None:
            self._on_disconnect(fault)
        return fault

    async def _open(self) -> Link:
        settings = self.settings
        framer = Framer(self._session.codec, settings.max_packet_bytes)
        connect = connect_tcp if settings.scheme.startswith("mqtt") else connect_websocket
        link: Link | None = None
        try:
            async with asyncio.timeout(settings.connect_timeout_s):
                link = await connect(settings, framer, self._session.receive)
                self._session.hello(link)
                await asyncio.wait((self._session.accepted, link.lost), return_when=asyncio.FIRST_COMPLETED)
            if not self._session.accepted.done():
                raise link.lost.result()
            return link
        except BaseException as fault:
            self._session.lost()
            if link is not None:
                link.abort(Disconnected(str(fault)))
            if isinstance(fault, TimeoutError):
                raise Disconnected(f"no answer within {settings.connect_timeout_s:g} s") from None
            raise

    async def _watch(self, link: Link) -> Exception:
        """Keep the connection alive until it is lost; the reason."""
        tick_s = min(1.0, self._session.keepalive_s / 8)
        while not link.lost.done():
            await asyncio.wait((link.lost,), timeout=tick_s)
            self._session.delivery.on_time()
            try:
                self._check_alive(link, self._loop.time())
            except Disconnected as fault:
                link.abort(fault)
        return link.lost.result()

    def _check_alive(self, link: Link, now_s: float) -> None:
        keepalive_s = self._session.keepalive_s
        silent_s = now_s - link.last_received_s
        if link.is_held:
            silent_s = 0.0  # we do not read, so silence says nothing
        else:
            self._session.check_answers(now_s)
        if silent_s > 1.5 * keepalive_s:
            raise Disconnected(f"nothing was heard from the broker for {silent_s:.1f} s")
        quiet_s = max(silent_s, now_s - link.last_sent_s)
        if quiet_s > 0.7 * keepalive_s and now_s - self._pinged_s > 0.35 * keepalive_s:
            self._pinged_s = now_s
            link.write(self._session.codec.write(PingReqPacket()))
