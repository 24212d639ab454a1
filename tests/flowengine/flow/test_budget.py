"""A text of any kind is checked within bounds of memory and work, and the check ends when it is told to."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from flowengine.catalog import installed
from flowengine.flow.budget import MOST_CHARACTERS, Budget, TooMuch, weight
from flowengine.flow.files import FlowFiles
from flowengine.flow.load import Loaded, load


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


def check(text: str, folder: Path | None = None, budget: Budget | None = None) -> Loaded:
    library = FlowFiles(folder) if folder else None
    return load(text, "f.yaml", installed(), {}, NoSecrets(), library, budget=budget)


def peak_bytes(text: str, folder: Path | None = None) -> int:
    tracemalloc.start()
    try:
        check(text, folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def lines_of(text: str, budget: Budget | None = None, folder: Path | None = None) -> int:
    """How many lines of Python a check runs, whatever else the machine does."""
    count = 0

    def seen(frame: Any, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return seen

    check("flow: warm", folder)
    sys.settrace(seen)
    try:
        check(text, folder, budget)
    finally:
        sys.settrace(None)
    return count


def chain(reference: str, step: str) -> str:
    rows = [f"  v0: {reference}"] + [f"  v{n}: {step.replace('V', f'${{v{n - 1}}}')}" for n in range(1, 12)]
    return "flow: f\nvars:\n" + "\n".join(rows) + "\nnodes:\n  a: {type: inject, every: 1s, payload: '${v11} x'}\n"


@pytest.mark.parametrize(
    "text",
    [
        chain("xxxxxxxxxx", "'" + "V" * 10 + "'"),
        chain("[1]", "['V', 'V', 'V', 'V', 'V', 'V', 'V', 'V', 'V', 'V']"),
        chain("[1]", "{a: 'V', b: 'V', c: 'V', d: 'V', e: 'V', f: 'V'}"),
        chain("[1]", "['V', 'V', 'V', 'V', 'V', 'V', 'V', 'V x']"),
    ],
)
def test_variables_that_multiply_are_stopped_at_their_bound(text: str) -> None:
    assert any("references make more than" in p.message for p in check(text).problems)
    assert peak_bytes(text) < 40 * 2**20


def test_a_subflow_hands_its_variables_no_new_bound(tmp_path: Path) -> None:
    (tmp_path / "sub.yaml").write_text(
        "inputs: in\nvars: {v: 1, w: '${v}${v}'}\nnodes:\n  in: {type: log, title: '${w}'}\n"
    )
    rows = [f"  n{n}: {{type: sub, v: {'x' * 1000}}}" for n in range(1000)]
    assert any(
        "references make more than" in p.message
        for p in check("flow: f\nnodes:\n" + "\n".join(rows), tmp_path).problems
    )


def test_subflows_that_multiply_are_stopped_at_their_bound(tmp_path: Path) -> None:
    for level in range(6):
        rows = "\n".join(f"  n{n}: {{type: sub{level + 1}}}" for n in range(20))
        (tmp_path / f"sub{level}.yaml").write_text(f"flow: s\ninputs: n0\nnodes:\n{rows}\n")
    (tmp_path / "sub6.yaml").write_text("flow: s\ninputs: a\nnodes:\n  a: {type: log}\n")
    found = check("flow: f\nnodes:\n  a: {type: sub0}\n", tmp_path)
    assert any("a flow has at most" in p.message for p in found.problems)


FORMS = {
    "right": "  n{i}: {{type: filter, where: payload, to: n{j}}}",
    "wires to nowhere": "  n{i}: {{type: filter, where: payload, to: x{j}}}",
    "no such connection": "  n{i}: {{type: mqtt_in, connection: q{i}, topic: x}}",
    "no type": "  n{i}: {{typ: w}}",
    "unknown type": "  n{i}: {{type: filtr, to: n{j}}}",
    "unknown variables": '  n{i}: {{type: log, x{i}: "${{v{i}}}"}}',
    "cycles": "  n{i}: {{type: filter, where: payload, to: [n{j}, n0]}}",
    "known variables": '  n{i}: {{type: log, title: "${{a}} ${{b}}"}}',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_work_of_a_check_grows_as_its_text_does(form: str) -> None:
    def text(count: int) -> str:
        return "flow: f\nvars: {a: 1, b: 2}\nnodes:\n" + "\n".join(form.format(i=i, j=i + 1) for i in range(count))

    few, many = lines_of(text(100)), lines_of(text(300))
    assert many < 4.5 * few, f"{few} lines of work for 100 nodes, {many} for 300"


def test_what_is_said_of_a_text_is_bounded_too() -> None:
    long = "x" * 300_000
    text = f"flow: f\nv: &a {long}\nnodes:\n" + "\n".join(f"  n{i}: {{type: *a, to: *a}}" for i in range(2000))
    found = check(text)
    assert found.problems and sum(len(str(p)) for p in found.problems) < 10 * 2**20


def test_a_check_ends_when_its_time_is_over_or_nobody_waits_for_it() -> None:
    text = "flow: f\nnodes:\n" + "\n".join(FORMS["right"].format(i=i, j=i + 1) for i in range(150))
    budget = Budget(lambda: "nobody waits")
    assert [p.message for p in check(text, budget=budget).problems] == ["nobody waits"] and budget.over
    # What is left is the reading of the YAML, which is bounded by the text's size.
    assert lines_of(text, Budget(lambda: "nobody waits")) < lines_of(text) * 0.6


@pytest.mark.parametrize("value", ["abc", ["abc", 1, None], {"a": ["b", {"c": 1.5}]}, "", [], {}])
def test_a_value_weighs_no_less_than_its_text(value: Any) -> None:
    assert weight(value) >= len(str(value)) / 4
    with pytest.raises(TooMuch):
        Budget().characters(MOST_CHARACTERS + weight(value))
    assert json.dumps(value)


NODE = "flow: f\nnodes:\n  i: {type: inject, every: 1h, payload: 1, to: n}\n  n: "
GREEDY = "(a|b|c|d?){1,1000}" * 20_000
GREEDY_TEXTS = {
    "a pattern of a schema": NODE + "{type: validate, schema: {pattern: 'P'}}\n".replace("P", GREEDY),
    "a pattern of an expression": NODE + "{type: filter, where: \"matches(payload, 'P')\"}\n".replace("P", GREEDY),
    "flow style maps": "flow: f\nvars: {a: [" + "{a: 1}," * 60_000 + "1]}\nnodes: {}\n",
    "merged maps": "flow: f\nvars:\n  a: &a {" + ",".join(f"k{n}: 1" for n in range(5_000)) + "}\n"
    + "".join(f"  b{n}: {{<<: *a}}\n" for n in range(2_000)) + "nodes: {}\n",
}  # fmt: skip
MEASURED = """
import resource, sys
from flowengine.catalog import installed
from flowengine.flow.load import load
class NoSecrets:
    def get(self, name): return None
def peak_kib(text):
    load(text, "f.yaml", installed(), {}, NoSecrets())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(-peak_kib("flow: f") + peak_kib(sys.stdin.read()))
"""
"""Prints how many KiB a check takes, in a process of its own: what C takes is counted by no tool of Python."""


@pytest.mark.parametrize("text", GREEDY_TEXTS)
def test_a_text_takes_no_more_memory_than_is_given(text: str) -> None:
    said = subprocess.run([sys.executable, "-c", MEASURED], input=GREEDY_TEXTS[text], capture_output=True, text=True)
    assert int(said.stdout) < 128 * 1024, said.stderr[-1000:]
