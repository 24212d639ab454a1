"""From a published packet to the queues of the sessions that want it; retained messages. Never here: connections."""

from collections.abc import Iterator

from mqtt5 import PublishPacket

from nodes.clients.mqtt.filters import own_part
from nodes.servers.mqtt_broker.session import BrokerSession
from nodes.servers.mqtt_broker.settings import BrokerSettings
from nodes.servers.mqtt_broker.tree import Retained, TopicTree, Wish


class Routing:
    """Everybody's filters and all retained messages."""

    def __init__(self, settings: BrokerSettings):
        self._tree: TopicTree[BrokerSession] = TopicTree()
        self._retained = Retained(settings.retained_messages, settings.retained_bytes)
        self._turn = 0
        self.routed = 0
        self.dropped = 0
        self.refused = 0
        """What clients had no right to."""

    def route(self, packet: PublishPacket, source: BrokerSession | None) -> None:
        """Offer one message to everybody who wants it."""
        self.routed += 1
        qos, retain = int(packet.qos), packet.retain
        if retain and not self._retained.keep(packet):
            self.dropped += 1
        topic = packet.topic
        for target in self._tree.targets(topic):
            if target.no_local and target.session is source:
                continue
            kept = retain and target.retain_as_published
            target.session.offer(packet, min(qos, target.qos), kept, target.identifiers)
        for members in self._tree.groups(topic):
            self._offer_to_one(members, packet, qos)

    def _offer_to_one(self, members: dict[BrokerSession, Wish], packet: PublishPacket, qos: int) -> None:
        """Connected members take turns; when none is connected the kept ones do."""
        choice = [session for session in members if session.door is not None] or list(members)
        self._turn += 1
        session = choice[self._turn % len(choice)]
        wish = members[session]
        retain = packet.retain and wish.retain_as_published
        session.offer(packet, min(qos, wish.qos), retain, _numbers(wish))

    def subscribe(self, session: BrokerSession, filter_: str, wish: Wish) -> None:
        """The session wants this filter."""
        session.wishes[filter_] = wish
        self._tree.add(filter_, session, wish)

    def unsubscribe(self, session: BrokerSession, filter_: str) -> bool:
        """The session wants it no longer; False when it never did."""
        if session.wishes.pop(filter_, None) is None:
            return False
        self._tree.remove(filter_, session)
        return True

    def forget(self, session: BrokerSession) -> None:
        """The session is gone."""
        for filter_ in list(session.wishes):
            self.unsubscribe(session, filter_)
        self.dropped += session.dropped

    def greeting(self, session: BrokerSession, filter_: str, wish: Wish) -> Iterator[None]:
        """Send a new subscriber what is retained, one topic looked at with each step; ends when he has left."""
        for packet in self._retained.matching(own_part(filter_)):
            if filter_ not in session.wishes:
                return
            if packet is not None:
                session.offer(packet, min(int(packet.qos), wish.qos), True, _numbers(wish))
            yield


def _numbers(wish: Wish) -> tuple[int, ...]:
    return () if wish.identifier is None else (wish.identifier,)
