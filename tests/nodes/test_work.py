"""What a hostile payload costs grows as its size does, in every place that a payload can reach, and not as the square.

Work is counted in bytecodes, which no other program changes. What C does in one of them is seen by its time on this
thread only, and only where it is long enough to be told from chance.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from flowengine import Message, Stateful, Transform
from flowengine.expression import Expression, Template
from flowengine.expression.functions import FUNCTIONS
from flowengine.node import Node
from flowengine.testing.clock import START_NS
from flowengine.testing.node import make
from nodes.clients.mqtt.topics import TopicPattern
from nodes.codecs.payload import FORMATS, decoder
from nodes.files.records import LineCutter

STEP = 4
MOST_GROWTH = 1.6 * STEP
"""Linear work grows by 4, sorting by a little more, quadratic work by 16."""

MOST_TIME_GROWTH = 2.5 * STEP
FEW, MANY_BYTES, TOLD_S = 40, 32_768, 0.04

PIECES = [
    b"\0", b"a", b"\n", b'"', b'\\"\n', b"1,", b"[", b'{"', b" ", b"\x01\0", b"\xff", b"1.000.", b"m,a=b c=1\n",
    b"NaN,", b"$*", b"!", b"\x9f", b"a,b\n", b"/+", b"1e", b"\0\x02aa\xff", b'"\n',
]  # fmt: skip
"""What is repeated."""

Payload = Callable[[int], Any]
PAYLOADS: dict[str, Payload] = {
    **{f"{piece!r}": lambda size, piece=piece: piece * (size // len(piece)) for piece in PIECES},  # type: ignore[misc]
    "an open quote": lambda size: b'"' + b"\n" * size,
    "many columns": lambda size: (",".join(f"c{n}" for n in range(size // 5)) + "\n").encode(),
    "JSON with NaN": lambda size: b"[" + b"NaN," * (size // 4) + b"1]",
    "a list of maps": lambda size: [{"a": n, "value": n} for n in range(size // 8)],
    "a list of lists": lambda size: [[n, n] for n in range(size // 8)],
    "a list of numbers": lambda size: list(range(size // 8)),
    "a list of one text": lambda size: ["a"] * (size // 8),
    "a map": lambda size: {f"k{n}": n for n in range(size // 8)},
    "a text in a map": lambda size: {"value": "1." * (size // 2)},
    "a list in a map": lambda size: {"value": list(range(size // 8))},
}
EVERY = sorted(
    path for room in ("transforms", "stateful") for path in Path("nodes", room).glob("*.py") if path.stem != "__init__"
)
MORE = {
    "join": ["{by: '{device}', name: '{q}', names: [t, rh]}", "every: 1s"],
    "frame_decode": ["{framing: gap, gap: 1s}", "{framing: slip}"],
    "csv": ["{types: guess, decimal: ','}"],
    "aggregate": [
        "{every: 1s, wait: 100d}", "{every: 1s, wait: 1d, figures: [p95, increase]}",
        "{every: 1s, max_windows: 8, wait: 1d}", "{every: 1s, window: session, wait: 1d}",
        "{every: 9s, window: sliding, slide: 1s, wait: 1d}",
    ],
    "validate": [
        "schema: {uniqueItems: true}", "schema: {pattern: '^(a+)+$'}", "schema: {items: {pattern: '^(a|a)*b'}}",
        "schema: {unevaluatedItems: false, contains: {type: string}}", "schema: {patternProperties: {'^(k+)+$': {}}}",
        "schema: {unevaluatedProperties: false, anyOf: [{additionalProperties: {type: integer}}]}",
    ],
}  # fmt: skip
"""Settings that no example shows."""


def one(payload: Any) -> list[Message]:
    """A message as a device might send it."""
    meta = {"device": "d", "sensor": "s", "q": "t"}
    return [Message(payload, "lab/d/s", time_ns=START_NS, arrived_ns=START_NS, id=1, meta=meta)]


def stream(count: int, each: str) -> list[Message]:
    """Messages of one name over and over, each of another name, back in time, or pieces of a stream of bytes."""
    found = []
    for n in range(count):
        at_ns = START_NS - n * 10**9 if each == "back" else START_NS
        name = str(n) if each == "other" else "same"
        meta = {"device": name, "sensor": "s", "q": "t", "room": name, "peer": name}
        payload = b"\x01\0a\0" if each == "bytes" else {"value": n % 2 * 90, "device": name}
        found.append(Message(payload, f"lab/{name}/s", time_ns=at_ns, arrived_ns=at_ns, id=n + 1, meta=meta))
    return found


def given(node: Node, messages: list[Message]) -> None:
    """Give them to the node, a few at a time, with its timer between them. What it refuses is refused."""
    if not isinstance(node, Stateful):
        assert isinstance(node, Transform)
        node.process(messages)
        return
    for at in range(0, len(messages), 4):
        node.process(messages[at : at + 4], at / 1e3)
        node.wake_at_s()
    node.on_time(1e6)
    node.flush(1e6)


def bytecodes(run: Callable[[], Any]) -> int:
    """How many instructions of Python it takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with contextlib.suppress(Exception):
            run()
    finally:
        sys.settrace(before)
    return count


def work_of(start: Callable[[], Node], messages: list[Message]) -> int:
    """What a new node takes for these messages."""
    return bytecodes(lambda: given(start(), messages))


def thread_s(run: Callable[[], Any]) -> float:
    """How long this thread is busy with it."""
    began_s = time.thread_time()
    with contextlib.suppress(Exception):
        run()
    return time.thread_time() - began_s


def grows_too_fast(run: Callable[[int], Any], size: int) -> bool:
    """Whether four times as much takes far more than four times as long, each time that it is tried."""
    if thread_s(lambda: run(size)) < TOLD_S:
        return False
    tries = range(3)
    much_s = min(thread_s(lambda: run(size)) for _ in tries)
    return much_s > TOLD_S and much_s > MOST_TIME_GROWTH * min(thread_s(lambda: run(size // STEP)) for _ in tries)


def kinds(path: Path) -> Iterator[type[Node]]:
    module = import_module(".".join(path.with_suffix("").parts))
    for found in vars(module).values():
        if isinstance(found, type) and found.__module__ == module.__name__ and issubclass(found, Transform | Stateful):
            yield found


def made(path: Path) -> Iterator[tuple[str, Callable[[], Node]]]:
    """Every node of the file with every setting that can be made alone."""
    for kind in kinds(path):
        for config in [example.config for example in kind.examples] + MORE.get(path.stem, []):

            def start(kind: type[Node] = kind, config: str = config) -> Node:
                node = make(kind, config)
                node.start()
                return node

            with contextlib.suppress(KeyError):  # a connection or a file that it would need
                start()
                yield config, start


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_stream_of_messages_costs_what_its_messages_cost(path: Path) -> None:
    for config, start in made(path):
        for each in ("same", "other", "back", "bytes"):
            work_of(start, stream(4, each))  # code is told of from its second call on, in Python 3.12 and later
            least, most = (work_of(start, stream(count, each)) for count in (FEW, STEP * FEW))
            assert most < MOST_GROWTH * least, (config, each, least, most)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_payload_costs_what_its_size_costs(path: Path) -> None:
    for config, start in made(path):
        for name, payload in PAYLOADS.items():

            def run(size: int, start: Callable[[], Node] = start, payload: Payload = payload) -> None:
                given(start(), one(payload(size)))

            assert not grows_too_fast(run, MANY_BYTES), (config, name)


def as_text(payload: Any) -> Any:
    return payload.decode("latin-1") if isinstance(payload, bytes) else payload


READERS: dict[str, Callable[[Any], Any]] = {
    **{f"payload as {name}": decoder(name) for name in FORMATS},
    "lines with quotes": lambda data: LineCutter(quotes=True).feed(data),
    "pieces of lines": lambda data: [cutter.feed(data[at : at + 99]) for cutter in [LineCutter(quotes=True)]
                                     for at in range(0, len(data), 99)],
    "captures of a topic": lambda data: TopicPattern("{a}/+/{b}/{c#}").match(as_text(data)),
    "a template": lambda data: Template("{payload}/{topic}").fill(one(as_text(data))[0]),
    "a pattern": lambda data: Expression("matches(payload, '^(a|a)*(a+)+$')")(one(as_text(data))[0]),
    **{f"{name}()": lambda data, call=call: call(as_text(data)) for name, call in FUNCTIONS.items()},  # type: ignore[misc]
    **{f"{name}(,)": lambda data, call=call: call(*[as_text(data)] * 2) for name, call in FUNCTIONS.items()},  # type: ignore[misc]
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_whoever_reads_a_payload_takes_linear_time(reader: str) -> None:
    for name, payload in PAYLOADS.items():
        assert not grows_too_fast(lambda size, payload=payload: READERS[reader](payload(size)), MANY_BYTES), name  # type: ignore[misc]


def test_the_measure_sees_what_is_quadratic_in_python_and_in_c() -> None:
    def python(count: int) -> None:
        for n in range(count):
            for _ in range(n):
                pass

    def c(size: int) -> None:
        [n in list(range(size)) for n in range(0, size, 8)]

    bytecodes(lambda: python(1))
    assert bytecodes(lambda: python(STEP * FEW)) > MOST_GROWTH * bytecodes(lambda: python(FEW))
    assert grows_too_fast(c, MANY_BYTES // 2)
