"""All sessions by client id: who comes back to what, when a session ends, when a will is due. Never here: packets."""

import asyncio
import secrets
from collections import Counter

from mqtt5 import ConnectPacket, PublishPacket, Will

from nodes.servers.mqtt_broker.routing import Routing
from nodes.servers.mqtt_broker.session import BrokerSession, Held
from nodes.servers.mqtt_broker.settings import BrokerSettings


class Registry:
    """Sessions, connected or kept."""

    def __init__(self, settings: BrokerSettings, routing: Routing):
        self._settings, self._routing = settings, routing
        self.sessions: dict[str, BrokerSession] = {}
        self.held = Held()
        self._kept: dict[BrokerSession, None] = {}
        """Sessions without a connection, the longest without first."""

    def belongs_to_another(self, client_id: str, user: str) -> bool:
        """Whether there is a session of that id that is another user's: who takes it over would get his messages."""
        session = self.sessions.get(client_id)
        return session is not None and session.user != user

    def admit(self, packet: ConnectPacket, user: str, address: str = "") -> tuple[BrokerSession, bool] | None:
        """The session of a client that connects, and whether it was kept; None when there are too many."""
        client_id = packet.client_id or f"auto-{secrets.token_hex(8)}"
        session = self.sessions.get(client_id)
        if session is not None and session.door is not None:
            session.door.take_over()
            self.leave(session)
        session = self.sessions.get(client_id)
        if session is not None and packet.clean_start:
            self._remove(session)
            session = None
        present = session is not None
        if session is None:
            if len(self.sessions) >= self._settings.max_clients and not self._make_room(address):
                return None
            session = self.sessions[client_id] = BrokerSession(client_id, self._settings, self.held)
        session.user, session.address = user, address
        session.cancel_timers()
        self._kept.pop(session, None)
        session.expiry_s = min(packet.session_expiry_interval, self._settings.session_expiry_max_s)
        session.will = packet.will
        return session, present

    def leave(self, session: BrokerSession) -> None:
        """Its connection is gone: the will is due, and the session ends or waits."""
        session.door = None
        will, session.will = session.will, None
        loop = asyncio.get_running_loop()
        if will is not None:
            delay_s = min(will.will_delay_interval, session.expiry_s)
            if delay_s:
                session.timers.append(loop.call_later(delay_s, self._execute, will))
            else:
                self._execute(will)
        if session.expiry_s:
            session.timers.append(loop.call_later(session.expiry_s, self._remove, session))
            self._keep(session)
        else:
            self._remove(session)

    def _keep(self, session: BrokerSession) -> None:
        """Keep it without a connection; of one address only so many, that a stranger leaves room for others."""
        self._kept[session] = None
        same = [each for each in self._kept if each.address == session.address]
        if len(same) > self._settings.kept_of_address:
            self._remove(same[0])

    def _make_room(self, address: str) -> bool:
        """Whether a session has ended for a client of this address: an address that has most of them gives one up."""
        [(greedy, count)] = Counter(session.address for session in self.sessions.values()).most_common(1)
        if greedy == address or count <= self._settings.max_clients // 2:
            return False
        theirs = [each for each in self.sessions.values() if each.address == greedy]
        ends = next((each for each in self._kept if each.address == greedy), theirs[-1])
        if ends.door is None:
            self._remove(ends)
        else:
            ends.door.take_over()
            ends.expiry_s = 0
            self.leave(ends)
        return True

    def _execute(self, will: Will) -> None:
        packet = PublishPacket(
            will.topic,
            will.payload or b"",
            qos=will.qos,
            packet_id=1 if int(will.qos) else None,  # never sent: each receiver gets one of its own
            retain=will.retain,
            content_type=will.content_type,
            user_properties=will.user_properties,
        )
        self._routing.route(packet, None)

    def _remove(self, session: BrokerSession) -> None:
        session.cancel_timers()
        self._kept.pop(session, None)
        self._routing.forget(session)
        session.let_go()
        self.sessions.pop(session.client_id, None)

    def clear(self) -> None:
        """End all sessions without wills."""
        for session in list(self.sessions.values()):
            session.will = None
            self._remove(session)
