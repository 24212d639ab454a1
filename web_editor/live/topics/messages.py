"""`messages`: a tap of one node, one wire or a whole flow, wherever it runs; what is left out is counted."""

from __future__ import annotations

from collections.abc import Iterable

from web_editor.live.topics.topic import Part, Topic
from web_editor.monitor.tapping import Chosen, Tap
from web_editor.monitor.taps_elsewhere import TapElsewhere
from web_editor.problems import Fault

PER_S = 50.0
LASTS_S = 900.0


class Tapped(Topic):
    """At most `max_rate` messages a second of each worker; ends by itself."""

    role = "operator"

    def start(self) -> None:
        engine, filter = self.services.engine, self.filter
        if filter.flow not in engine.flows:
            raise Fault("not-running", f"the flow {filter.flow!r} does not run")
        rate = self.max_rate or PER_S
        chosen = Chosen(filter.flow, filter.node, filter.wire, filter.topic, filter.where, filter.search, rate)
        self._ends_s = engine.clock.now_s() + LASTS_S
        self._announced = False
        self._tap = Tap(engine, chosen)
        self._elsewhere: TapElsewhere | None = None
        if engine.cluster is not None:
            self._elsewhere = TapElsewhere(engine.cluster, chosen, self.caller, self._tap)
        elif not self._tap.found:
            self._tap.close()
            raise Fault("not-found", "there is no such node or wire in what runs", field="filter")

    def news(self) -> Iterable[Part]:
        clock, engine, elsewhere = self.services.engine.clock, self.services.engine, self._elsewhere
        now_s = clock.now_s()
        if not self._announced:
            self._announced = True
            expires_ms = clock.time_ns() / 1e6 + (self._ends_s - now_s) * 1000
            yield "snapshot", self.encoded({"expires_ms": expires_ms})
        rows, dropped = self._tap.due()
        if rows:
            yield "delta", self.encoded({"messages": rows})
        for heard in elsewhere.due() if elsewhere is not None else ():
            dropped += heard.dropped
            if heard.messages:
                yield "delta", self.encoded({"messages": heard.messages})
        if dropped:
            yield "dropped", b"%d" % dropped
        gone = elsewhere.gone if elsewhere is not None else not self._tap.found
        if now_s >= self._ends_s:
            yield "ended", b"expired"
        elif gone or self.filter.flow not in engine.flows:
            yield "ended", b"gone"

    def close(self) -> None:
        self._tap.close()
        if self._elsewhere is not None:
            self._elsewhere.close()
