"""Who may enter the embedded broker, and which topics are his. Pure. Never here: packets, sessions."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from nodes.clients.mqtt.filters import covers


@dataclass(frozen=True, kw_only=True)
class BrokerUser:
    """Somebody who may enter, with filters of the topics to publish and to subscribe to; None stands for all."""

    name: str
    password: str = field(repr=False)
    publish: tuple[str, ...] | None = ()
    subscribe: tuple[str, ...] | None = ()

    def may_publish(self, topic: str) -> bool:
        """Whether the topic, of a message or a will, is his."""
        return self.publish is None or any(covers(each, topic) for each in self.publish)

    def may_subscribe(self, filter_: str) -> bool:
        """Whether every topic of the filter is his; a shared one counts without its group."""
        return self.subscribe is None or any(covers(each, filter_) for each in self.subscribe)


ANYBODY = BrokerUser(name="", password="", publish=None, subscribe=None)
"""Whoever comes where no password is asked for."""


def known(users: Sequence[BrokerUser], name: str | None, password: bytes | None) -> BrokerUser | None:
    """The user of that name and password, or None; takes as long for a wrong name as for a wrong password."""
    given = _credential(name or "", password or b"")
    found = [user for user in users if hmac.compare_digest(given, _credential(user.name, user.password.encode()))]
    return found[0] if found else None


def _credential(name: str, password: bytes) -> bytes:
    """Unambiguous: MQTT allows no NUL in a name (MQTT 5 section 1.5.4), and one in a password comes after it."""
    return name.encode() + b"\0" + password
