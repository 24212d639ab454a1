"""The embedded broker's door: listens, watches over connections, counts. Never here: packets, sessions, routing."""

import asyncio

from mqtt5 import DisconnectReasonCode

from flowengine.accepting import listen_on
from flowengine.ending import end
from nodes.servers.mqtt_broker.conversation import Connection, Conversation
from nodes.servers.mqtt_broker.greeter import Greeter
from nodes.servers.mqtt_broker.peer import CLOSE_S, Peer
from nodes.servers.mqtt_broker.registry import Registry
from nodes.servers.mqtt_broker.routing import Routing
from nodes.servers.mqtt_broker.settings import BrokerSettings
from nodes.servers.mqtt_broker.strangers import Strangers

WATCH_S = 1.0


class EmbeddedBroker:
    """A broker inside this process, as `BrokerSettings` say; `url` is where it listens once started."""

    def __init__(self, settings: BrokerSettings | None = None):
        self.settings = settings or BrokerSettings()
        self._routing = Routing(self.settings)
        self._registry = Registry(self.settings, self._routing)
        self._greeter = Greeter(self._routing, self.flush)
        self._peers: set[Peer] = set()
        self._strangers = Strangers()
        self._unflushed: list[Peer] = []
        self._server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        self._server = await listen_on(self._new_peer, self.settings.host, self.settings.port)
        self._watch = asyncio.create_task(self._watch_peers(), name="mqtt broker")

    def _new_peer(self) -> Peer:
        peer = Peer(self.settings, self._new_conversation, self._unflushed, self)
        self._peers.add(peer)
        return peer

    def _new_conversation(self, door: Connection) -> Conversation:
        return Conversation(door, self.settings, self._registry, self._routing, self._greeter)

    @property
    def url(self) -> str:
        """The address as an `mqtt://` URL."""
        assert self._server is not None, "the broker was not started"
        host, port = self.settings.host, self._server.sockets[0].getsockname()[1]
        return f"mqtt://[{host}]:{port}" if ":" in host else f"mqtt://{host}:{port}"

    @property
    def counters(self) -> dict[str, int]:
        """Connected clients, sessions, messages routed, refused, dropped and waiting for an acknowledgement."""
        sessions = self._registry.sessions.values()
        return {
            "clients": len(self._peers),
            "sessions": len(sessions),
            "routed": self._routing.routed,
            "refused": self._routing.refused,
            "dropped": self._routing.dropped + sum(session.dropped for session in sessions),
            "waiting": sum(len(session) for session in sessions),
        }

    def flush(self) -> None:
        """Write what all peers were sent."""
        while self._unflushed:
            self._unflushed.pop().flush()

    def entered(self, peer: Peer) -> None:
        """A connection was made; the one that has waited for longest goes when too many say nothing."""
        if (goes := self._strangers.came(peer)) is not None:
            goes.abort()

    def greeted(self, peer: Peer) -> None:
        """Its client has said who it is."""
        self._strangers.gone(peer)

    def left(self, peer: Peer) -> None:
        """A connection is gone."""
        self._strangers.gone(peer)
        self._peers.discard(peer)
        session = peer.conversation.session
        if session is not None and session.door is peer:
            self._registry.leave(session)
            self.flush()
        if not self._peers:
            self._empty.set()

    async def _watch_peers(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(WATCH_S)
            for peer in [peer for peer in self._peers if peer.is_silent(loop.time())]:
                peer.end(DisconnectReasonCode.KEEP_ALIVE_TIMEOUT)
            for peer in [peer for peer in self._peers if peer.is_stuck(loop.time())]:
                peer.abort()
            self.flush()  # a delayed will may have been routed

    async def close(self) -> None:
        """Tell the clients, close all connections and forget everything; no wills are sent."""
        if self._watch is None or self._server is None:
            return
        await end(self._watch)
        self._server.close()
        for peer in list(self._peers):
            peer.end(DisconnectReasonCode.SERVER_SHUTTING_DOWN)
        self._greeter.stop()
        self._registry.clear()
        try:
            async with asyncio.timeout(CLOSE_S):
                while self._peers:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            for peer in list(self._peers):
                peer.abort()
        self._watch = self._server = None
