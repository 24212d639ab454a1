"""`problems`: what is wrong in running flows, whole whenever it changed."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic


class Problems(Topic):
    """The same for every client."""

    every_s = 0.45

    def start(self) -> None:
        self._known: bytes | None = None

    def news(self) -> Iterable[Part]:
        found = self.ticker.once_per_tick(
            "problems", lambda: self.encoded({"problems": self.services.runtime_problems.now()})
        )
        if found == self._known:
            return ()
        op = "snapshot" if self._known is None else "delta"
        self._known = found
        return [(op, found)]
