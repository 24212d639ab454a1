"""CPU microseconds per message of expressions and templates, and of other ways to evaluate the same condition.

Run: `python bench/micro_expression.py [rounds]`. All rows run interleaved, round by round, because a shared machine
drifts; a row is the median of its rounds. simpleeval, RestrictedPython and jinja2 are compared when they are installed.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle
from typing import Any

from flowengine.expression import compile_expression, compile_template
from flowengine.message import Message
from flowengine.script import Script, Tools

BATCH = 1_000
CONDITION = "payload.value > 8"
EXPRESSIONS = (
    CONDITION,
    "payload.value * 1.8 + 32",
    "payload.value * payload.n + payload.n",
    "payload.a.b or 0",
    "payload.value > 8 and payload.unit == 'C' and meta.device in ['c1', 'c2']",
    "round(payload.value, 1)",
    "matches(topic, '^lab/c[0-9]+/')",
)
SCRIPT = """
rh = clamp(payload.rh, 1, 100) / 100
g = log(rh) + 17.62 * payload.t / (243.12 + payload.t)
payload.dew = round(243.12 * g / (17.62 - g), 1)
state.n = coalesce(state.n, 0) + 1
if payload.dew > 18:
    send("damp", {"room": meta.room, "dew": payload.dew})
for i, v in enumerate(payload.samples):
    if v < 0: reject(f"sample {i} is negative")
"""
FORMULA = "payload = payload.value * 1.8 + 32"
TEMPLATES = ("{device}/{sensor}", "{payload.value:.2f}", "{time}")
Row = tuple[str, Callable[[], object]]


def messages() -> list[Message]:
    """A batch of ordinary readings."""
    meta = {"device": "c1", "sensor": "temp"}
    return [
        Message({"value": n % 17 + 0.5, "n": n, "unit": "C"}, f"lab/c{n % 100}/temp", 1_700_000_000_123_000_000, meta)
        for n in range(BATCH)
    ]


def script_of_the_docs() -> Callable[[], object]:
    """A batch through the block of docs/scripts.md: names in between, a state, a loop over four samples."""
    run = Script(SCRIPT).runner(Tools(lambda id, place: place, int, print))
    payload = {"t": 21.5, "rh": 50, "samples": [1, 2, 3, 4]}
    batch = [Message(payload, "rooms/hall/climate", 1_700_000_000_123_000_000, {"room": "hall"})] * BATCH

    def all_of_it() -> None:
        state: Mapping[str, Any] = {}
        for message in batch:
            _, _, state = run(message, state)

    return all_of_it


def rows(batch: list[Message]) -> Iterator[Row]:
    """What is measured: each a name and a call that handles the whole batch."""

    def hand_written(message: Message) -> bool:
        return bool(message.payload["value"] > 8)

    yield "a Python function by hand", lambda: [hand_written(m) for m in batch]
    for text in EXPRESSIONS:
        expression = compile_expression(text)
        yield f"{text}   each", lambda e=expression: e.each(batch)  # type: ignore[misc]
    condition = compile_expression(CONDITION)
    yield f"{CONDITION}   keep", lambda: condition.keep(batch)
    yield f"{CONDITION}   one by one", lambda: [condition(m) for m in batch]
    foreign = [m.replace(payload=20.5) if n % 10 == 0 else m for n, m in enumerate(batch)]
    absent = compile_expression("payload.value is None")
    yield "payload.value is None   each, a tenth are no maps", lambda: absent.each(foreign)
    for text in TEMPLATES:
        template = compile_template(text)
        yield f"template {text}", lambda t=template: t.each(batch)  # type: ignore[misc]
    topic = compile_template("{device}/{sensor}", safe="mqtt_topic")
    yield "template {device}/{sensor}   safe for a topic", lambda: topic.each(batch)
    # More different topics than the search remembers, so that each is new to it.
    unseen = cycle([[m.replace(topic=f"lab/c{n}/{part}") for n, m in enumerate(batch)] for part in range(4)])
    matches = compile_expression(EXPRESSIONS[-1])
    yield f"{EXPRESSIONS[-1]}   each, topics never seen", lambda: matches.each(next(unseen))
    yield from others(batch)
    runner = Script(FORMULA).runner(Tools(lambda id, place: place, int, print))
    yield f"script {FORMULA}   message by message", lambda: [runner(m, {}) for m in batch]
    yield "the script of docs/scripts.md, message by message", script_of_the_docs()


def others(batch: list[Message]) -> Iterator[Row]:
    """The same condition by libraries that are installed."""
    if find_spec("simpleeval"):
        simple = import_module("simpleeval").SimpleEval()
        parsed = simple.parse("value > 8")

        def by_simpleeval() -> list[Any]:
            results = []
            for message in batch:
                simple.names = message.payload
                results.append(simple.eval("value > 8", previously_parsed=parsed))
            return results

        yield "simpleeval, parsed once: value > 8", by_simpleeval
    if find_spec("RestrictedPython"):
        restricted = import_module("RestrictedPython")
        code = restricted.compile_restricted_eval("payload['value'] > 8").code
        scope = {"__builtins__": {}, "_getitem_": lambda holder, key: holder[key]}
        name = "RestrictedPython, guarded: payload['value'] > 8"
        yield name, lambda: [eval(code, scope, {"payload": m.payload}) for m in batch]
    if find_spec("jinja2"):
        sandbox = import_module("jinja2.sandbox").SandboxedEnvironment()
        compiled = sandbox.compile_expression(CONDITION)
        yield f"jinja2, sandboxed: {CONDITION}", lambda: [compiled(payload=m.payload) for m in batch]
        filled = sandbox.from_string("{{ device }}/{{ sensor }}")
        yield "jinja2 template {{ device }}/{{ sensor }}", lambda: [filled.render(m.meta) for m in batch]


def cpu_us(call: Callable[[], object], repeats: int) -> float:
    """CPU microseconds per message."""
    began = time.process_time_ns()
    for _ in range(repeats):
        call()
    return (time.process_time_ns() - began) / 1_000 / repeats / BATCH


def measured(rounds: int) -> dict[str, float]:
    """Median CPU microseconds per message of every row."""
    table = list(rows(messages()))
    repeats = {name: max(1, round(0.02 / (cpu_us(call, 1) * BATCH / 1e6 + 1e-9))) for name, call in table}
    figures: dict[str, list[float]] = {name: [] for name, _ in table}
    for _ in range(rounds):
        for name, call in table:
            figures[name].append(cpu_us(call, repeats[name]))
    return {name: statistics.median(row) for name, row in figures.items()}


def main() -> None:
    """Print the table, and what compiling costs."""
    for name, figure in measured(int(sys.argv[1]) if len(sys.argv) > 1 else 15).items():
        print(f"{figure:9.3f}  {name}")
    began = time.process_time_ns()
    for _ in range(200):
        compile_expression(CONDITION)
    print(f"{(time.process_time_ns() - began) / 200_000:9.0f}  compiling {CONDITION}, once per flow")


if __name__ == "__main__":
    main()
