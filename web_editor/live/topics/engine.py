"""`engine`: the whole engine page, once a second."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic


class EnginePage(Topic):
    """The same for every client."""

    every_s = 0.95

    def start(self) -> None:
        self._op = "snapshot"

    def news(self) -> Iterable[Part]:
        op, self._op = self._op, "delta"
        return [(op, self.ticker.once_per_tick("engine", lambda: self.encoded(self.services.report())))]
