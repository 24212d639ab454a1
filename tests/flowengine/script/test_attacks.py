"""No script escapes, hangs or grows beyond its budget, whatever it says and whatever it is given."""

from __future__ import annotations

import gc
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowengine.message import Message
from flowengine.script import PER_MESSAGE, Script, ScriptError, States, Tools
from tests.faults.amounts import amount
from tests.flowengine.script.programs import Programs

PROGRAMS = amount("SCRIPTS", 300, 100_000)
MOST_CPU_S = 0.02
"""Twenty times what a message may cost: processors differ, and the words of an error are made beyond the budget."""

MOST_BYTES = 4 * 2**20
"""Written out, what comes of one message; a text may take four bytes a character."""

MOST_PEAK_BYTES = 2 * 2**20
"""In the process while it works: a number or a key takes some sixty bytes where it takes two written out."""

PAYLOAD = {"x": 3, "list": list(range(200)), "big": "ab" * 5_000, "deep": {"y": [{"z": [1, [2]]}]}}
MESSAGE = Message(PAYLOAD, "lab/c1", 1_700_000_000_000_000_000, {"k": "v"}, 1_700_000_000_000_000_000, 7)


def tools() -> Tools:
    return Tools(lambda id, place: 1 + place, lambda value: int(value * 1e9), lambda line: None)


@dataclass
class Worst:
    """The most that any program took, and how many there were."""

    programs: int = 0
    refused: int = 0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    written_bytes: int = 0


class Watch:
    """What the interpreter does in one thread while it is open: files, imports, code, sockets, processes (PEP 578)."""

    def __init__(self) -> None:
        self.thread: int | None = None
        self.events: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _: Any) -> None:
        if threading.get_ident() == self.thread:
            self.events.append(event)

    @contextmanager
    def nothing_done(self) -> Iterator[None]:
        """Fails when anything was done. What other tests have left is not collected meanwhile."""
        gc.disable()
        self.thread = threading.get_ident()
        try:
            yield
        finally:
            self.thread = None
            gc.enable()
            events, self.events = self.events, []
        assert events == []


WATCH = Watch()


def peak_bytes(script: Script) -> int:
    """What the one message allocates at most at a time, its results among it."""
    run = script.runner(tools())
    tracemalloc.start()
    try:
        run(MESSAGE, {})
    except ScriptError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def cpu_s(script: Script, message: Message = MESSAGE) -> float:
    """What the one message takes; its rejection is fine."""
    run = script.runner(tools())
    gc.freeze()  # what the tests have made so far is not looked through again at the script's expense
    began = time.process_time()
    try:
        run(message, {})
    except ScriptError:
        pass
    finally:
        took = time.process_time() - began
        gc.unfreeze()
    return took


def written_bytes(script: Script) -> int:
    """What comes of the one message, written out; only plain values can be written."""
    run = script.runner(tools())
    try:
        with WATCH.nothing_done():
            out, sent, state = run(MESSAGE, {})
    except ScriptError:
        return 0
    made = [(m.payload, m.meta, m.topic) for m in (out, *(m for _, m in sent)) if m is not None]
    assert plain([made, state]), "a value of a kind that no message has"
    with suppress(ValueError):  # a number of 200 bits is none that state keeps
        States(10, MOST_BYTES, MOST_BYTES).put("key", state)
    return max((len(msgspec.msgpack.encode(each, enc_hook=str)) for each in made), default=0)


def plain(value: Any) -> bool:
    """Whether a value is what messages are made of, at every depth."""
    if isinstance(value, dict):
        return type(value) is dict and all(type(key) is str and plain(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(plain, value))
    return value is None or type(value) in (bool, int, float, str, bytes)


def held(text: str, worst: Worst) -> None:
    """That a program is refused with its line, or keeps to its bounds."""
    worst.programs += 1
    try:
        script = Script(text)
    except ScriptError as refused:
        worst.refused += 1
        assert refused.line <= text.count("\n") + 1
        return
    taken = cpu_s(script)
    if taken > MOST_CPU_S:
        taken = min(cpu_s(script) for _ in range(20))  # somebody else's turn on this processor is not the script's
    figures = {"cpu_s": taken, "peak_bytes": peak_bytes(script), "written_bytes": written_bytes(script)}
    for name, figure in figures.items():
        setattr(worst, name, max(getattr(worst, name), figure))
    assert figures["cpu_s"] < MOST_CPU_S, text
    assert figures["peak_bytes"] < MOST_PEAK_BYTES, text
    assert figures["written_bytes"] < MOST_BYTES, text


@pytest.mark.timeout(7200 if PROGRAMS > 1_000 else 120)
def test_generated_programs_neither_escape_nor_hang_nor_grow() -> None:
    before, worst = msgspec.msgpack.encode(MESSAGE), Worst()

    @given(st.integers(min_value=0), st.integers(min_value=0, max_value=2))
    @settings(max_examples=PROGRAMS, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def attack(seed: int, changed: int) -> None:
        held(Programs(seed).mutated() if changed == 1 else Programs(seed).text(), worst)
        assert msgspec.msgpack.encode(MESSAGE) == before, "the message that came in was changed"

    attack()
    print(worst)
    assert worst.refused < worst.programs / 2


def test_whoever_watches_sees_a_file_that_is_opened() -> None:
    with pytest.raises(AssertionError, match="open"), WATCH.nothing_done(), open(__file__):
        pass


@pytest.mark.parametrize(
    "code",
    [
        "a = 'x'\nfor i in range(60): a = a + a",
        "a = 'x'\nfor i in range(60): a = f'{a}{a}'",
        "a = [1]\nfor i in range(60): a = a + a",
        "a = [1]\nfor i in range(60): a = [a, a]\npayload = a",
        "a = {}\nfor i in range(60): a = {'x': a, 'y': a}\npayload = a",
        "a = {}\nfor i in range(60): payload[f'k{i}'] = payload",
        "a = []\nfor i in range(200): a = [a]\npayload = a",
        "for i in range(1000000):\n    for j in range(1000000): pass",
        "a = [0 for i in range(1000000)]",
        "a = [[0 for j in range(1000)] for i in range(1000)]",
        "a = [0 for i in range(1000) for j in range(1000)]",
        "a = 3\nfor i in range(2000): a = a * a",
        "a = 3\nfor i in range(2000): a = a - (0 - a)",
        "a = 3\nfor i in range(2000): a = a + a",
        "a = join([payload.big for i in range(5000)], payload.big)",
        "a = replace(payload.big, 'a', payload.big)",
        "a = [payload.big in payload.big for i in range(5000)]",
        "a = [payload.list == payload.list for i in range(5000)]",
        "a = [text(payload.list) for i in range(5000)]",
        "a = [matches(payload.big, '(a?){50}b{50}c') for i in range(5000)]",
        "a = [matches(payload.big, '(x+x+)+y') for i in range(5000)]",
        "for i in range(5000): send('p', payload.list)",
        "for i in range(100000): state[text(i)] = payload.list",
        "for i in range(100000): payload[text(i)] = i",
        "a = [upper(payload.big) for i in range(5000)]",
        "a = [split(payload.big, 'a') for i in range(5000)]",
        "a = [payload.big[1:] for i in range(5000)]",
        "a = [payload.list[1:] for i in range(5000)]",
        "a = [max(payload.list) for i in range(5000)]",
        "a = [f'{payload.list}' for i in range(5000)]",
        "for i in range(5000): a = {'x': payload}",
    ],
)
def test_growth_and_repetition_end_at_the_budget(code: str) -> None:
    script = Script(code)
    with pytest.raises(ScriptError) as fault:
        script.runner(tools())(MESSAGE, {})
    assert any(word in str(fault.value) for word in ("more work", "longer than", "wider than", "deeper", "more than"))
    assert min(cpu_s(script) for _ in range(20)) < MOST_CPU_S
    assert peak_bytes(script) < MOST_PEAK_BYTES


@pytest.mark.parametrize(
    "code",
    [
        "import os", "from os import path", "x = payload.__class__", "x = ().__class__", "x = payload['__class__'].x()",
        "x = open('a')", "x = eval('1')", "x = exec", "x = __builtins__", "__b = 1", "x = lambda: 1", "def f(): pass",
        "class A: pass", "while true: pass", "with payload: pass", "try: pass\nexcept: pass", "global payload",
        "x = (y := 1)", "x = await payload", "x = [*payload]", "x = {**payload}", "x = f'{payload!r}'",
        "x = f'{payload:{topic}}'", "x = f'{payload:>99999}'", "x = {1, 2}", "x = payload ** 2",
        "x = 'a' if 1 else `b`",
        "x = print", "x = len", "len = 1", "payload = yield", "x: int = 1", "x = y = 1", "x = range(3)",
        "raise payload", "assert payload", "return", "del payload",
        "match payload:\n    case 1: pass", "x = (a for a in payload)",
        "async def f(): pass", "@a\ndef f(): pass", "x = payload.text.upper()", "x = matches(topic, payload)",
        "for x in payload:\n    pass\nelse:\n    pass", "state = {}", "x = _b", "_b.left = 5", "x = sent", "x = m",
    ],
)  # fmt: skip
def test_what_is_not_listed_is_refused_with_its_place(code: str) -> None:
    with pytest.raises(ScriptError) as fault:
        Script(code)
    assert fault.value.line >= 1
    assert "function-" not in str(fault.value)


def nested(depth: int) -> list[object]:
    made: list[object] = []
    for _ in range(depth):
        made = [made]
    return made


HOSTILE = {
    "deep": nested(50_000),
    "wide": {f"k{i}": i for i in range(100_000)},
    "odd": {"a": float("nan"), "b": float("inf"), "c": "\ud800", "d": b"\x00" * 1000, "e": 2**63, "n": None,
            "mixed": [1, "a", None, [1], {"x": 1}, b"z", float("nan")], "s": ["b", "a"] * 50_000},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_payload_that_is_hostile_makes_no_script_fail_otherwise_than_by_its_words(name: str) -> None:
    """Texts repeated by numbers, powers, digits, formats, comparison and order of what has none, recursion by data."""
    codes = (
        "a = 'x' * 1000000000", "a = [0] * 1000000000", "a = pow(9, 99999999)", "a = round(1.5, 999999999)",
        "a = int('" + "9" * 5_000 + "')", "a = '%1000000000d' % 1", "a = format_time(time, '%' + text(payload))",
        "a = text(payload)", "a = payload == payload", "a = payload < payload", "a = [payload, payload]\npayload = a",
        "a = [text(payload)]", "payload.x = payload", "payload[payload] = 1", "state.x = payload", "topic = payload",
        "time = payload", "a = keys(payload)", "a = values(payload)", "a = {k: v for k, v in items(payload)}",
        "a = max(payload.mixed)", "a = min(payload.s)", "a = sum(payload.mixed)", "a = join(payload.s, payload.c)",
        "a = -payload", "a = 1 in payload", "a = payload in payload", "a = date(payload.e)", "a = hex(payload.e)",
        "a = payload.d + payload.d", "a = base64(payload.d)\nfor i in range(99): a = base64(a)", "send('p', payload)",
        "for v in payload: a = [v]", "for v in payload.mixed: a = v + v", "a = f'{payload.a:.2f}{payload.b:06d}'",
        "a = f'{payload}{payload}'", "reject(text(payload))", "a = payload.s[1:]", "a = 1e308 * 10 - 1e308 * 10",
    )  # fmt: skip
    message = MESSAGE.with_payload(HOSTILE[name])
    for code in codes:
        with suppress(ScriptError):
            Script(code).runner(tools())(message, {})


@pytest.mark.parametrize("name", ["_b", "m", "sent", "run", "dict", "o_payload", "n_value", "n_time", "f_len", "_dict"])
def test_names_of_the_compiled_code_are_not_the_scripts(name: str) -> None:
    out, _, _ = Script(f"{name} = 5\npayload.y = {name}\npayload.n = len(payload.list)").runner(tools())(MESSAGE, {})
    assert out is not None
    assert (out.payload["y"], out.payload["n"]) == (5, 200)


def test_the_compiled_code_reaches_attributes_by_names_of_ours_only() -> None:
    text = (
        "a = payload.keys\nb = payload.x.y\nfor k in payload: a = payload[k]\nstate.get = meta.update\nx = message.id"
    )
    taken = set(Script(text)._code.co_consts[0].co_names)
    assert taken <= {"payload", "meta", "topic", "__class__", "get", "left", "spent", "state", "id", "copy"} | {
        name for name in taken if name.startswith("_")
    }
    assert not {name for name in taken if name.startswith("__")} - {"__class__"}


def test_a_key_that_a_device_chose_is_only_a_key() -> None:
    message = MESSAGE.with_payload({"__class__": 1, "get": 2, "k": "__class__"})
    out, _, _ = Script("x = payload[payload.k]\npayload = [x, payload.get]").runner(tools())(message, {})
    assert out is not None
    assert out.payload == [1, 2]


def test_equal_runs_cost_equal_work() -> None:
    run = Script("a = [text(v) for v in payload.list]\npayload.a = join(a, ',')").runner(tools())
    run(MESSAGE, {})
    first = run.work
    run(MESSAGE, {})
    assert run.work == 2 * first


def test_a_message_costs_at_most_the_budget_and_a_little() -> None:
    run = Script("for i in range(1000000): x = i").runner(tools())
    with pytest.raises(ScriptError, match="line 1: more work"):
        run(MESSAGE, {})
    assert run.work == PER_MESSAGE


def test_states_stay_below_their_bounds() -> None:
    states = States(max_keys=10, max_bytes=100, most_bytes=300)
    for n in range(1_000):
        states.put(f"k{n}", {"x": "y" * (n % 80)})
        assert len(states) <= 10
        assert states.size_bytes <= 300
    assert states.forgotten > 900
    with pytest.raises(ValueError, match="more than the 100"):
        states.put("k", {"x": "y" * 200})


def test_the_tree_of_a_refused_script_was_never_compiled() -> None:
    with pytest.raises(ScriptError, match="nested deeper"):
        Script("x = " + "-" * 500 + "1")
    with pytest.raises(ScriptError, match="longer than"):
        Script("x = 1\n" * 5_000)
    with pytest.raises(ScriptError, match="more than"):
        Script("\n".join("x = 1 + 2 + 3" for _ in range(700)))
