"""Connects, watches over the connection, and comes back when it is lost. Never here: what packets mean."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
from mqtt5 import DisconnectPacket

from nodes.clients.mqtt.backoff import Backoff
from nodes.clients.mqtt.errors import Closed, ClosedByBroker, Disconnected, MqttError, SessionTaken
from nodes.clients.mqtt.framing import Framer
from nodes.clients.mqtt.link import FAREWELL_S, Link, connect_tcp
from nodes.clients.mqtt.pulse import Pulse
from nodes.clients.mqtt.reasons import why_not
from nodes.clients.mqtt.rivals import STEADY_S, Rivals
from nodes.clients.mqtt.session import SESSION_TAKEN_OVER, Session
from nodes.clients.mqtt.websocket import connect_websocket
from nodes.clients.mqtt.witness import Witness, call_witness

log = logging.getLogger(__name__)
EXPECTED_FAULTS = (OSError, TimeoutError, MqttError, aiohttp.ClientError)
MUTE = TimeoutError()
"""Why there is no connection to a broker that leaves it standing and answers nothing."""


class Upkeep:
    """The one task of a client; `run` ends by cancellation only."""

    def __init__(
        self,
        session: Session,
        backoff: Backoff,
        on_connect: Callable[[bool], None] | None,
        on_disconnect: Callable[[Exception], None] | None,
        on_failure: Callable[[Exception], None] | None,
        on_answer: Callable[[], None] | None,
    ):
        self._session, self._backoff, self._rivals, self._pulse = session, backoff, Rivals(), Pulse()
        self._on_connect, self._on_disconnect, self._on_failure = on_connect, on_disconnect, on_failure
        self._on_answer = on_answer
        self._told_mute = False
        self._loop = asyncio.get_running_loop()
        self._since_s = 0.0
        self.up = asyncio.Event()
        self.connects = 0
        self._renewal: asyncio.Future[None] = self._loop.create_future()
        self.last_error: Exception | None = None

    def renew(self) -> None:
        """End this connection in order and make another one at once, or try again at once."""
        if not self._renewal.done():
            self._renewal.set_result(None)

    async def run(self) -> None:
        """Stay connected until cancelled; whatever fails is kept in `last_error` and tried again."""
        while True:
            since_s = self._loop.time()
            try:
                fault = await self._connection()
            except EXPECTED_FAULTS as expected:
                fault = expected
                self._rivals.broker_went()
                if self._on_failure is not None:
                    self._on_failure(fault)
            except Exception as unexpected:
                log.debug("mqtt: fault in the connection", exc_info=unexpected)
                fault = Disconnected(f"{type(unexpected).__name__}: {unexpected}")
                if self._on_failure is not None:
                    self._on_failure(fault)
            if isinstance(fault, Closed):
                continue  # we ended it ourselves, to begin anew
            self.last_error = fault
            self._backoff.lived(self._loop.time() - since_s)
            await asyncio.wait((self._renewal,), timeout=self._backoff.delay_s(fault))

    async def _connection(self) -> Exception:
        """One connection from CONNECT to its end; the reason of the end."""
        async with self._standing_by() as witness:
            link = await self._open()
            self._since_s = self._loop.time()
            try:
                self.connects += 1
                self.up.set()
                if self._on_connect is not None:
                    self._on_connect(self._session.session_present)
                fault = await self._watch(link)
            finally:
                self.up.clear()
                unanswered = self._session.asking.unanswered
                self._session.lost()
                link.abort(Disconnected("the client ended the connection"))
            fault = await self._explained(fault, unanswered, witness)
        if self._on_disconnect is not None:
            self._on_disconnect(fault)
        return fault

    @asynccontextmanager
    async def _standing_by(self) -> AsyncIterator[Witness | None]:
        """A witness of this connection's end, if that may tell of a rival or of a filter."""
        if not (self._rivals.doubted or self._session.asking.suspects.doubted):
            yield None
            return
        settings = self._session.settings
        async with asyncio.timeout(settings.connect_timeout_s):
            witness = await call_witness(settings.address)
        try:
            yield witness
        finally:
            witness.leave()

    @property
    def fault(self) -> str:
        """What is wrong now, in words; empty when nothing is."""
        if self._rivals.seen:
            return self._rivalry
        if self.up.is_set():
            return f"not connected: {why_not(MUTE, self._session.settings)}" if self._is_mute else ""
        return (
            f"not connected: {why_not(self.last_error, self._session.settings)}"
            if self.last_error
            else ("not connected yet")
        )

    @property
    def _is_mute(self) -> bool:
        """Whether the connection stands and the broker answers nothing any more."""
        link = self._session.link  # while we do not read ourselves, silence says nothing
        return link is not None and not link.is_held and self._pulse.is_mute(link.last_received_s, self._loop.time())

    @property
    def _rivalry(self) -> str:
        return f"another client uses the client id {self._session.settings.client_id!r}: each drives the other out"

    async def _explained(self, fault: Exception, unanswered: list[str], witness: Witness | None) -> Exception:
        """The end of a connection, told from what connections before it came to."""
        by_broker = isinstance(fault, ClosedByBroker | ConnectionResetError | SessionTaken)
        told, lived_s = isinstance(fault, SessionTaken), self._loop.time() - self._since_s
        if by_broker and not told and witness is not None and await witness.fell():
            self._rivals.broker_went()
            self._session.asking.suspects.broker_went()
            return fault
        if by_broker and not told and unanswered:
            self._session.subscribing.blame(unanswered)
            return fault
        if self._rivals.ended(lived_s, told, by_broker):
            return SessionTaken(self._rivalry, SESSION_TAKEN_OVER)
        return fault

    async def _open(self) -> Link:
        settings, session = self._session.settings, self._session
        self._renewal = self._loop.create_future()
        framer = Framer(session.speak(), settings.max_packet_bytes)
        connect = connect_tcp if settings.scheme.startswith("mqtt") else connect_websocket
        link: Link | None = None
        try:
            async with asyncio.timeout(settings.connect_timeout_s):
                link = await connect(settings, framer, session.receive, session.tape)
                session.hello(link)
                await asyncio.wait((session.accepted, link.lost), return_when=asyncio.FIRST_COMPLETED)
            if not session.accepted.done():
                raise link.lost.result()
            return link
        except BaseException as fault:
            session.lost()
            if link is not None:
                link.abort(Disconnected(str(fault)))
            if isinstance(fault, TimeoutError):
                raise Disconnected(f"no answer within {settings.connect_timeout_s:g} s") from None
            raise

    async def _watch(self, link: Link) -> Exception:
        """Keep the connection alive until it is lost; the reason."""
        tick_s = min(1.0, self._session.keepalive_s / 8)
        while not link.lost.done():
            await asyncio.wait((link.lost, self._renewal), timeout=tick_s, return_when=asyncio.FIRST_COMPLETED)
            if self._renewal.done():
                return await self._end(link)
            self._session.delivery.on_time()
            if self._loop.time() - self._since_s >= STEADY_S:
                self._rivals.steady()
            try:
                self._check_alive(link, self._loop.time())
            except Disconnected as fault:
                link.abort(fault)
            self._tell_mute()
        return link.lost.result()

    def _tell_mute(self) -> None:
        """Say each time while the broker is mute that it is, and once that it is not any more."""
        was_mute, self._told_mute = self._told_mute, self._is_mute
        if self._told_mute and self._on_failure is not None:
            self._on_failure(MUTE)
        elif was_mute and not self._told_mute and self._on_answer is not None:
            self._on_answer()

    async def _end(self, link: Link) -> Exception:
        """Leave in order, so that no will is sent; what is on its way out is answered first, if that is soon."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._session.publishing.pause()
        link.write(self._session.codec.write(DisconnectPacket()))
        self._session.lost()
        await link.close()
        return Closed("the client began anew")

    def _check_alive(self, link: Link, now_s: float) -> None:
        keepalive_s = self._session.keepalive_s
        silent_s = now_s - link.last_received_s
        if link.is_held:
            silent_s = 0.0  # we do not read, so silence says nothing
        else:
            self._session.asking.check(now_s)
        if silent_s > 1.5 * keepalive_s:
            raise Disconnected(f"nothing was heard from the broker for {silent_s:.1f} s")
        if self._pulse.asks(now_s - silent_s, link.last_sent_s, now_s, keepalive_s):
            self._session.ping(link)
