"""STATE: whether a host application is there (specification 3.0, 5.4.3 and 6.4.26). Pure."""

from __future__ import annotations

import json

from nodes.codecs.sparkplug.host import NAMESPACE


def state_topic(host_id: str) -> str:
    """Where a host application says that it is there; the broker keeps the last word."""
    return f"{NAMESPACE}/STATE/{host_id}"


def state(online: bool, time_ms: int) -> bytes:
    """What it says. `time_ms` is when its session began, in its birth and in its will alike."""
    return json.dumps({"online": online, "timestamp": time_ms}).encode()


class PrimaryHost:
    """What an edge node has heard of the host application that it tells everything to."""

    def __init__(self) -> None:
        self.online = False
        self._time_ms = 0

    def learn(self, data: bytes) -> None:
        """Take its word; one of an earlier session of its changes nothing. Raises ValueError for what is none."""
        try:
            said = json.loads(data)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or type(said.get("online")) is not bool or type(said.get("timestamp")) is not int:
            raise ValueError("no STATE of a host application")
        if said["timestamp"] >= self._time_ms:
            self.online, self._time_ms = said["online"], said["timestamp"]

    def forget(self) -> None:
        """A new session: the broker repeats the last word."""
        self.online = False
