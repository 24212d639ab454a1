"""`flows`: the list of flows, as people and programs change texts."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic


class Flows(Topic):
    """Summaries that changed."""

    every_s = 0.2

    def start(self) -> None:
        self._known: dict[str, object] | None = None

    def news(self) -> Iterable[Part]:
        found = self.editing.poller.flows
        if found is None:
            return ()
        if self._known is None:
            self._known = dict(found)
            return [("snapshot", self.encoded({"flows": list(found.values())}))]
        changed = [flow for id, flow in found.items() if self._known.get(id) != flow]
        removed = [id for id in self._known if id not in found]
        self._known = dict(found)
        if not changed and not removed:
            return ()
        delta = {"flows": changed, "removed": removed}
        return [("delta", self.encoded({key: rows for key, rows in delta.items() if rows}))]
