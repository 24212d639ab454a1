"""`alarms`: those that are not at rest, as they change."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic


class Alarms(Topic):
    """Alarms of all flows or one."""

    def start(self) -> None:
        self._version = -1
        self._known: set[str] = set()

    def news(self) -> Iterable[Part]:
        service, flow = self.services.alarms, self.filter.flow
        if self._version == service.version:
            return ()
        since, self._version = self._version, service.version
        if since < 0:
            rows = [alarm for alarm in service.present() if not flow or alarm.flow == flow]
            self._known = {alarm.id for alarm in rows}
            return [("snapshot", self.encoded({"alarms": rows}))]
        changed = [id for id, version in service.changed.items() if version > since]
        rows = [
            a for id in changed if (a := service.records.get(id)) and not a.at_rest and (not flow or a.flow == flow)
        ]
        removed = [id for id in changed if id in self._known and not any(id == alarm.id for alarm in rows)]
        self._known = (self._known | {alarm.id for alarm in rows}) - set(removed)
        delta = {key: value for key, value in (("alarms", rows), ("removed", removed)) if value}
        return [("delta", self.encoded(delta))] if delta else ()
