"""Runs the `tests:` of flows in virtual time, against doubles of the outside world."""

from __future__ import annotations

import asyncio
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import QueueLimits
from flowengine.catalog.fields import connection_fields
from flowengine.counts import count_of
from flowengine.engine import Engine, Settings
from flowengine.flow.cases import Case, Names, names_of, read_cases
from flowengine.flow.document import Document
from flowengine.flow.load import Loaded
from flowengine.flow.model import ERROR, Flow
from flowengine.flow.places import End, places_of, public
from flowengine.flow.problem import Code, Hint, Problem, nearest
from flowengine.message import Messages
from flowengine.node import Sink
from flowengine.runtime.flow import FlowRuntime
from flowengine.testing.clock import LoopClock
from flowengine.testing.compare import Arrival, differences
from flowengine.testing.doubles import DoubleCatalog, Script
from flowengine.testing.loop import run_virtual
from flowengine.testing.press import press_all
from flowengine.testing.times import parse_ns

Seen = dict[str, list[Arrival]]
Tap = Callable[[Messages], None]


class AnySecret:
    """Has a value for every secret, so that tests need none."""

    def get(self, name: str) -> str:
        """A text that says what it is, long enough for a key."""
        return f"secret-{name}-of-tests-alone"


@dataclass
class Result:
    """How one test ended; `lines` say what was wrong."""

    flow: str
    file: str
    name: str
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """Lines of the test that had no effect."""

    took_s: float = 0.0
    virtual_s: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether it passed."""
        return not self.lines


class FlowTests:
    """The tests of one flow file and of `NAME.test.yaml` beside it."""

    def __init__(self, file: Path, settings: Settings, catalog: Catalog):
        self.file = file
        self.settings = replace(settings, secrets=AnySecret())
        self.catalog = catalog
        self.problems: list[Problem] = []

    def cases(self) -> list[Case]:
        """Every test that is written right; `problems` has what is wrong with the flow or with others."""
        loaded = self._load({})
        self.problems += loaded.problems
        names = names_of(loaded.flow, self.catalog)
        found = read_cases(loaded.flow.tests, names, _told_already)
        beside = self.file.with_suffix(f".test{self.file.suffix}")
        if beside.is_file():
            document = Document.parse(beside.read_bytes(), str(beside))
            self.problems += document.problems
            data = document.data if isinstance(document.data, dict) else {}
            found += self._read(beside, data.get("tests") or (), names)
        return found

    def run(self, cases: Sequence[Case]) -> Iterator[Result]:
        """Run them one after the other; each in a fresh engine."""
        for case in cases:
            yield self._run(case)

    def _read(self, file: Path, raw: Sequence[Any], names: Names) -> list[Case]:
        document = Document.parse(file.read_bytes(), str(file))

        def report(
            path: Any, message: str, hint: Hint = "", key: bool = False, code: Code = "bad-test", **_: Any
        ) -> None:
            at, word = document.where(path, key=key), hint if isinstance(hint, str) else nearest(*hint) or ""
            self.problems.append(
                Problem(str(file), at.line, at.column, at.end_line, at.end_column, "", message, word, code)
            )

        return read_cases(raw, names, report)

    def _load(self, overrides: Mapping[str, Any]) -> Loaded:
        settings = replace(self.settings, overrides={**self.settings.overrides, **overrides})
        return Engine(settings, self.catalog).load_file(self.file)

    def _run(self, case: Case) -> Result:
        started = time.perf_counter()
        result = Result("", str(self.file), case.name, virtual_s=case.length_s)
        loaded = self._load(case.set)
        result.flow = loaded.flow.name
        if not loaded.ok:
            new = [str(problem) for problem in loaded.problems if problem not in self.problems]
            result.lines += new or ["not run: its flow has problems"]
        else:
            with tempfile.TemporaryDirectory(prefix="flowengine-test-") as folder:
                settings = replace(self.settings, data_dir=Path(folder))
                try:
                    result.lines += run_virtual(lambda: _play(case, loaded, settings, self.catalog, result.warnings))
                except Exception as error:
                    result.lines.append(f"the test could not run: {type(error).__name__}: {error}")
        result.took_s = time.perf_counter() - started
        return result


def _told_already(*_: Any, **__: Any) -> None:
    """What is wrong with tests inside a flow is among the flow's own problems."""


async def _play(case: Case, loaded: Loaded, settings: Settings, catalog: Catalog, warnings: list[str]) -> list[str]:
    script = Script(case, loaded.flow, _connections_of(loaded.flow))
    clock = LoopClock(asyncio.get_running_loop(), parse_ns(case.start))
    engine = Engine(settings, DoubleCatalog(catalog, script), clock)
    engine.services.random = random.Random(case.seed)
    engine.services.next_id = itertools.count(1).__next__
    await engine.deploy(replace(loaded, flow=_in_memory(loaded.flow)))
    runtime = engine.runtimes[loaded.flow.name]
    seen = _watch(script, runtime, clock)
    pressing = asyncio.create_task(press_all(case.press, runtime, engine.services))
    await asyncio.sleep(case.length_s)
    lines = await pressing
    lines += [f"{place}: {line}" for place, wanted in case.expect.items() for line in differences(wanted, seen[place])]
    lines += [
        f"{id}: {count_of(station.balance, 'message')} unaccounted for"
        for id, station in runtime.stations.items()
        if station.balance
    ]
    lines += [f"{key[1]}: {reason}" for key, reason in _broken(runtime).items()]
    await engine.stop(0)
    warnings += script.unused(_with_expected_errors(case, loaded.flow))
    return lines


def _in_memory(flow: Flow) -> Flow:
    """The flow with queues in memory for its spools: a disk has a time of its own, and here time is virtual."""
    nodes = {
        id: replace(spec, durable=None, queue=QueueLimits(when_full=spec.durable.when_full)) if spec.durable else spec
        for id, spec in flow.nodes.items()
    }
    return replace(flow, nodes=nodes)


def _connections_of(flow: Flow) -> dict[str, str]:
    found = {}
    for id, spec in flow.nodes.items():
        if spec.config is not None:
            for option in connection_fields(type(spec.config)):
                if isinstance(spec.options.get(option), str):
                    found[id] = spec.options[option]
    return found


def _with_expected_errors(case: Case, flow: Flow) -> set[str]:
    """Nodes whose error port leads to something that the test expects."""
    ends = (end for spelled in case.expect for end in spelled.split("->"))
    seen = {place.node for end in ends for place in places_of(end, flow.nodes, flow.templates)}
    return {id for id, spec in flow.nodes.items() if id in seen or seen & {*spec.wires.get(ERROR, ())}}


def _watch(script: Script, runtime: FlowRuntime, clock: LoopClock) -> Seen:
    """Record what the expectations speak of."""
    seen: Seen = {}
    for spelled in script.case.expect:
        record = seen.setdefault(spelled, [])
        source, _, target = spelled.partition("->")
        for place in script.places(source):
            if isinstance(runtime.stations[place.node].node, Sink) and not (target or place.port):
                script.received.setdefault(place.node, []).append(record)
            else:
                ends = {end.node for end in script.places(target)} if target else set()
                _tap(runtime, place, ends, record, clock)
    return seen


def _tap(runtime: FlowRuntime, place: End, ends: set[str], record: list[Arrival], clock: LoopClock) -> None:
    """Record what leaves a node, one of its ports, or what takes a wire to one of `ends`."""
    station = runtime.stations[place.node]

    def record_arrivals(messages: Messages, before: Tap | None) -> None:
        record.extend(Arrival(clock.now_s(), message) for message in messages)
        if before is not None:
            before(messages)

    if ends:
        wires = [wire for wires in station.wires.values() for wire in wires if wire.target.name in ends]
    elif place.port:
        wires = list(station.wires.get(place.port, ()))[:1]
    else:
        taken = station.tap
        station.tap = lambda port, messages: record_arrivals(
            messages, partial(taken, port) if taken is not None else None
        )
        return
    if not wires:
        raise ValueError(f"there is no wire from {public(place.node)} {place.port or 'to ' + ', '.join(ends)}")
    for wire in wires:
        wire.tap = partial(record_arrivals, before=wire.tap)


def _broken(runtime: FlowRuntime) -> dict[tuple[str, str], str]:
    return {key: runtime.supervisor.last_failure for key in runtime.supervisor.failures if isinstance(key, tuple)}
