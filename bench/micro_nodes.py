"""CPU microseconds per message of single nodes in batches of 100, without the runtime around them.

Run: `python bench/micro_nodes.py [rounds]`. All rows run interleaved, round by round, because a shared machine drifts;
a row is the median of its rounds.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator

from flowengine.message import Message
from flowengine.node import Router, Stateful, Transform
from flowengine.testing import TestContext, make
from flowengine.testing.clock import START_NS
from nodes.stateful.aggregate import Aggregate
from nodes.stateful.alert import Alert
from nodes.stateful.buffer import Buffer
from nodes.stateful.frame_decode import FrameDecode
from nodes.stateful.on_change import OnChange
from nodes.stateful.rtdb_write import RtdbWrite
from nodes.transforms.filter import Filter
from nodes.transforms.frame_encode import FrameEncode
from nodes.transforms.json import Json
from nodes.transforms.map import Map
from nodes.transforms.normalise import Normalise
from nodes.transforms.set import Set
from nodes.transforms.switch import Switch

BATCH = 100
SERIES = 1_000
GATEWAY = "crc: crc-16/ibm-3740, format: msgpack"
ALERT = "{by: '{device}', when: payload.value > 8, for: 30s, clear: payload.value < 6.5}"
Row = tuple[str, Callable[[], object], int]


def reading(n: int) -> dict[str, object]:
    """A payload as devices send it."""
    return {"value": n % 9 + 0.45, "time": f"2026-01-01T00:00:{n % 60:02}.{n % 1000:03}Z"}


def batches() -> list[list[Message]]:
    """Readings of all series, in batches."""
    metas = [{"device": f"dev{n}", "sensor": "temp"} for n in range(SERIES)]
    whole = [
        Message(reading(n), f"farm/s1/dev{n}/telemetry/temp", START_NS, metas[n], START_NS, n) for n in range(SERIES)
    ]
    return [whole[at : at + BATCH] for at in range(0, SERIES, BATCH)]


def nodes() -> Iterator[tuple[str, Transform | Router | Stateful, list[list[Message]]]]:
    """What is measured: a name, a node and what it is fed."""
    given = batches()
    context = TestContext()
    wire = make(FrameEncode, f"{{{GATEWAY}}}")
    chunks = [[Message(b"".join(m.payload for m in wire.process(batch)))] for batch in given]
    encoded = [make(Json, "action: encode").process(batch) for batch in given]
    yield "json, decode", make(Json, "action: decode"), [list(batch) for batch in encoded]
    yield "normalise", make(Normalise), given
    yield "rtdb_write {device}/{sensor}", make(RtdbWrite, "key: '{device}/{sensor}'", context), given
    yield "buffer 5000", make(Buffer, "count: 5000"), given
    yield "buffer, last of each key", make(Buffer, "{count: 5000, key: '{device}', keep: last}"), given
    yield "set, a constant in the payload", make(Set, "values: {payload.site: lab}"), given
    yield "set, a constant in meta", make(Set, "values: {meta.site: lab}"), given
    yield "set, a filled text", make(Set, "values: {payload.name: '{device}'}"), given
    yield "set, computed", make(Set, "compute: {payload.f: payload.value * 1.8 + 32}"), given
    yield "filter", make(Filter, "where: payload.value > 4"), given
    yield "switch, two rules", make(Switch, "rules: {hot: payload.value > 6, cold: payload.value < 2}"), given
    yield "map, flatten and snake case", make(Map, "{flatten: true, case: snake}"), given
    yield "alert, threshold with a duration", make(Alert, ALERT, context), given
    yield "alert, and stale after 5 min", make(Alert, ALERT.replace("for:", "stale_after: 5m, for:"), context), given
    yield "alert, mean over 5 min", make(Alert, "{by: '{device}', when: mean > 8}", context), given
    yield "on_change, by key", make(OnChange, "{key: '{device}', deadband: 0.5}"), given
    yield "aggregate, minutes by key", make(Aggregate, "{every: 1m, key: '{device}'}", context), given
    yield "frame_decode, cobs crc msgpack (per frame)", make(FrameDecode, f"{{{GATEWAY}}}", context), chunks


def rows() -> Iterator[Row]:
    """Each a name, a call that handles all series once, and how many messages those are."""
    for name, node, given in nodes():
        yield name, _call(node, given), SERIES


def _call(node: Transform | Router | Stateful, given: list[list[Message]]) -> Callable[[], object]:
    if isinstance(node, Transform):
        return lambda: [node.process(batch) for batch in given]
    if isinstance(node, Router):
        return lambda: [node.route(batch) for batch in given]
    return lambda: [node.process(batch, 1.0) for batch in given]


def cpu_us(call: Callable[[], object], repeats: int, messages: int) -> float:
    """CPU microseconds per message."""
    began = time.process_time_ns()
    for _ in range(repeats):
        call()
    return (time.process_time_ns() - began) / 1_000 / repeats / messages


def measured(rounds: int) -> dict[str, float]:
    """Median CPU microseconds per message of every row."""
    table = list(rows())
    repeats = {name: max(1, round(0.02e6 / (cpu_us(call, 1, n) * n + 1e-9))) for name, call, n in table}
    figures: dict[str, list[float]] = {name: [] for name, _, _ in table}
    for _ in range(rounds):
        for name, call, n in table:
            figures[name].append(cpu_us(call, repeats[name], n))
    return {name: statistics.median(row) for name, row in figures.items()}


def main() -> None:
    """Print the table."""
    for name, figure in measured(int(sys.argv[1]) if len(sys.argv) > 1 else 15).items():
        print(f"{figure:9.3f}  {name}")


if __name__ == "__main__":
    main()
