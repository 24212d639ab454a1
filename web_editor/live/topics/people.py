"""`people`: who looks at which flow and node now. Knows what browsers tell, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from web_editor.live.topics.topic import Part, Topic


class People(Topic):
    """Everybody with a browser open, once for each place."""

    every_s = 0.5

    def start(self) -> None:
        self._known: list[dict[str, str]] | None = None

    def news(self) -> Iterable[Part]:
        found = sorted({_place(client) for client in self.ticker.clients if _is_person(client)})
        people = [{"name": name, "flow": flow, "node": node} for name, flow, node in found]
        if people == self._known:
            return ()
        op = "snapshot" if self._known is None else "delta"
        self._known = people
        return [(op, self.encoded({"people": people}))]


def _is_person(client: Any) -> bool:
    """Whether somebody sits there: a program that watches does not say where it is."""
    return bool(client.caller.kind == "session" or client.at.flow)


def _place(client: Any) -> tuple[str, str, str]:
    return client.caller.name, client.at.flow, client.at.node
