"""Which sessions get a topic, and what is retained. Pure. Never here: packets, connections."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mqtt5 import PublishPacket

from nodes.clients.mqtt.filters import matches, own_part
from nodes.servers.mqtt_broker.size import size_bytes

S = TypeVar("S", bound=Hashable)
TOPICS_REMEMBERED = 20_000


@dataclass(frozen=True)
class Wish:
    """How one session subscribed to one filter."""

    qos: int
    no_local: bool = False
    retain_as_published: bool = False
    identifier: int | None = None


@dataclass(frozen=True)
class Target(Generic[S]):
    """A session that gets a topic: once, with the highest QoS of its matching filters and all their identifiers."""

    session: S
    qos: int
    no_local: bool
    retain_as_published: bool
    identifiers: tuple[int, ...]


@dataclass(eq=False)
class _Level(Generic[S]):
    below: dict[str, "_Level[S]"] = field(default_factory=dict)
    wishes: dict[S, Wish] = field(default_factory=dict)
    groups: dict[str, dict[S, Wish]] = field(default_factory=dict)


class TopicTree(Generic[S]):
    """All subscriptions, by levels (MQTT 5 section 4.7); remembers the answer for each topic until one changes."""

    def __init__(self) -> None:
        self._root: _Level[S] = _Level()
        self._targets: dict[str, tuple[Target[S], ...]] = {}
        self._groups: dict[str, list[dict[S, Wish]]] = {}

    def add(self, filter_: str, session: S, wish: Wish) -> None:
        """The session wants this filter."""
        level = self._root
        for name in own_part(filter_).split("/"):
            level = level.below.setdefault(name, _Level())
        self._members(level, filter_)[session] = wish
        self._forget()

    def remove(self, filter_: str, session: S) -> None:
        """The session wants this filter no longer; empty levels vanish."""
        path, level = [], self._root
        for name in own_part(filter_).split("/"):
            path.append((level, name))
            if name not in level.below:
                return
            level = level.below[name]
        members = self._members(level, filter_)
        members.pop(session, None)
        if not members and filter_.startswith("$share/"):
            del level.groups[filter_.split("/", 2)[1]]
        for above, name in reversed(path):
            below = above.below[name]
            if below.below or below.wishes or below.groups:
                break
            del above.below[name]
        self._forget()

    def _members(self, level: _Level[S], filter_: str) -> dict[S, Wish]:
        if not filter_.startswith("$share/"):
            return level.wishes
        return level.groups.setdefault(filter_.split("/", 2)[1], {})

    def _forget(self) -> None:
        self._targets.clear()
        self._groups.clear()

    def targets(self, topic: str) -> tuple[Target[S], ...]:
        """The sessions that get this topic by filters of their own."""
        found = self._targets.get(topic)
        if found is None:
            found = self._look_up(topic)
        return found

    def groups(self, topic: str) -> list[dict[S, Wish]]:
        """The shared groups of which one member each gets this topic."""
        self.targets(topic)
        return self._groups.get(topic, [])

    def _look_up(self, topic: str) -> tuple[Target[S], ...]:
        if len(self._targets) >= TOPICS_REMEMBERED:
            self._forget()
        levels = list(_walk(self._root, topic.split("/"), 0, topic.startswith("$")))
        merged: dict[S, Target[S]] = {}
        for level in levels:
            for session, wish in level.wishes.items():
                merged[session] = _merge(merged.get(session), session, wish)
        groups = [members for level in levels for members in level.groups.values()]
        if groups:
            self._groups[topic] = groups
        self._targets[topic] = found = tuple(merged.values())
        return found


def _walk(level: _Level[S], names: list[str], at: int, system: bool) -> Iterator[_Level[S]]:
    below = level.below
    wild = not (system and at == 0)
    if wild and "#" in below:
        yield below["#"]
    if at == len(names):
        yield level
        return
    if names[at] in below and names[at] not in ("+", "#"):
        yield from _walk(below[names[at]], names, at + 1, system)
    if wild and "+" in below:
        yield from _walk(below["+"], names, at + 1, system)


def _merge(before: Target[S] | None, session: S, wish: Wish) -> Target[S]:
    identifiers = () if wish.identifier is None else (wish.identifier,)
    if before is None:
        return Target(session, wish.qos, wish.no_local, wish.retain_as_published, identifiers)
    return Target(
        session,
        max(before.qos, wish.qos),
        before.no_local and wish.no_local,
        before.retain_as_published or wish.retain_as_published,
        before.identifiers + identifiers,
    )


class Retained:
    """The last retained message of each topic, within bounds."""

    def __init__(self, messages: int, size_bytes: int):
        self._most_messages, self._most_bytes = messages, size_bytes
        self._packets: dict[str, PublishPacket] = {}
        self._bytes = 0

    def keep(self, packet: PublishPacket) -> bool:
        """Keep or, with an empty payload, forget; False when there is no room."""
        before = self._packets.pop(packet.topic, None)
        if before is not None:
            self._bytes -= size_bytes(before)
        if not packet.payload:
            return True
        if len(self._packets) >= self._most_messages or self._bytes + size_bytes(packet) > self._most_bytes:
            return False
        self._packets[packet.topic] = packet
        self._bytes += size_bytes(packet)
        return True

    def matching(self, filter_: str) -> Iterator[PublishPacket | None]:
        """What a new subscriber of this filter gets, None for each topic that does not fit; it may change meanwhile."""
        if "+" not in filter_ and "#" not in filter_:
            yield self._packets.get(filter_)
            return
        for topic in list(self._packets):
            yield self._packets.get(topic) if matches(filter_, topic) else None
