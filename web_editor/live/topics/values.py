"""`values`: the latest values of chosen keys, as they change."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic

MOST = 5000
LOOK_S = 1.0


class Values(Topic):
    """The first 5,000 matches; `total` says how many there are."""

    def start(self) -> None:
        filter = self.filter
        self._chooses = self.editing.values.chooser(filter.keys, filter.search, filter.flow)
        self._key = (tuple(filter.keys) if filter.keys is not None else None, filter.search, filter.flow)
        self._stale: dict[str, bool] | None = None
        self._pending: dict[str, None] = {}
        self._total = 0
        self._looked = (0.0, -1)
        self.ticker.on_values.append(self._tick)

    def close(self) -> None:
        self.ticker.on_values.remove(self._tick)

    def news(self) -> Iterable[Part]:
        if self._stale is None:
            return [("snapshot", self._snapshot())]
        removed = self._look()
        chosen = [key for key in self._pending if key in self._stale or len(self._stale) < MOST]
        self._pending.clear()
        rows = self.editing.values.rows(chosen)
        grown = any(row.key not in self._stale for row in rows)
        self._stale.update((row.key, row.stale) for row in rows)
        delta = {"values": rows, "removed": removed, **({"total": self._total} if grown or removed else {})}
        delta = {key: value for key, value in delta.items() if value != []}
        return [("delta", self.encoded(delta))] if delta else ()

    def _snapshot(self) -> bytes:
        chosen = sorted(key for key in self.services.engine.rtdb if self._chooses(key))
        rows = self.editing.values.rows(chosen[:MOST])
        self._stale, self._total = {row.key: row.stale for row in rows}, len(chosen)
        self._pending.clear()
        return self.encoded({"values": rows, "total": self._total})

    def _tick(self) -> None:
        """Note what of this tick's changes is wanted; clients with the same filter share the choice."""
        if self._stale is None:
            return
        memo = self.ticker.shared
        chosen = memo.get(("values", self._key))
        if chosen is None:
            chosen = dict.fromkeys(key for key in self.editing.values.changed if self._chooses(key))
            memo["values", self._key] = chosen
        room = len(self._stale) < MOST
        self._pending.update((key, None) for key in chosen if room or key in self._stale)

    def _look(self) -> list[str]:
        """Once a second: keys that are gone; values that have become stale are due for sending."""
        assert self._stale is not None
        now_s, count = self.services.engine.clock.now_s(), len(self.services.engine.rtdb)
        if now_s - self._looked[0] < LOOK_S:
            return []
        if count != self._looked[1]:
            self._total = len(self.editing.values.chosen(self.filter.keys, self.filter.search, self.filter.flow))
        self._looked = (now_s, count)
        get = self.services.engine.rtdb.get
        removed = [key for key in self._stale if get(key) is None]
        for key in removed:
            del self._stale[key]
        for row in self.editing.values.rows(self._stale):
            if row.stale != self._stale[row.key]:
                self._pending[row.key] = None
        return removed
