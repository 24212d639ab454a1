"""No problem tells what came from outside the text: secrets, the environment, `--set`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.catalog import installed
from flowengine.config import Config
from flowengine.flow.document import Document
from flowengine.flow.files import FlowFiles
from flowengine.flow.load import Loaded, load

MARK = "Zq7-xK9w.Vb3(pU'mN"
NUMBER = "7391846205"
WORST = ("{}", "{} x", "x {}", "{{payload:{}}}", "{{payload.{}}}", "{{{}}}", "payload == {} x", "-{}", "{}/{}", "[{}")


class Marked:
    """One secret."""

    def get(self, name: str) -> str | None:
        return MARK if name == "marked" else None


def read(text: str, resolved: bool = True, folder: Path | None = None, **more: Any) -> Loaded:
    environment = {"MARKED": MARK, "NUMBER": NUMBER}
    library = FlowFiles(folder) if folder else None
    return load(text, "f.yaml", installed(), environment, Marked(), library, resolved=resolved, **more)


def told(loaded: Loaded) -> str:
    return json.dumps([(p.message, p.hint) for p in loaded.problems], ensure_ascii=False)


def leaks(text: str) -> list[str]:
    """Pieces of five characters of what is marked, in any case."""
    said = text.casefold()
    pieces = [mark[at : at + 5].casefold() for mark in (MARK, NUMBER) for at in range(len(mark) - 4)]
    return [piece for piece in pieces if piece in said]


def places(kind: type[Config]) -> Iterator[str]:
    yield from (field.alias or name for name, field in kind.model_fields.items())


def every_option() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Type, option, and options of an example around it, of every node and connection type."""
    catalog = installed()
    for section, names, of in (
        ("nodes", catalog.node_types(), catalog.node),
        ("connections", catalog.connection_types(), catalog.connection),
    ):
        for name in names:
            kind: Any = of(name)  # type: ignore[operator]
            around = [Document.parse(each.config, "x").data for each in kind.examples] or [{}]
            for option in places(kind.config_type()):
                yield section, name, {"option": option, "around": around[0] if isinstance(around[0], dict) else {}}


OPTIONS = list(every_option())


def wrongs(reference: str) -> Iterator[Any]:
    for form in WORST:
        text = form.replace("{}", reference).replace("{{", "{").replace("}}", "}")
        text = text if "${" in text else form.format(*[reference] * 2)
        yield text
        yield [text]
        yield {"a": text}
        yield [{"name": text, "when": text, "type": text, "from": text}]


@pytest.mark.parametrize("reference", ["${secret:marked}", "${NUMBER}"])
@pytest.mark.parametrize(("section", "type_", "more"), OPTIONS, ids=[f"{t}.{m['option']}" for _, t, m in OPTIONS])
def test_no_option_made_wrong_in_any_way_tells_its_value(
    section: str, type_: str, more: dict[str, Any], reference: str
) -> None:
    for wrong in wrongs(reference):
        entry = {**more["around"], more["option"]: wrong, "type": type_}
        data = {"flow": "f", "vars": {"own": "a ${secret:marked} ${MARKED}"}, section: {"n": entry}}
        for resolved in (True, False):
            loaded = read(json.dumps(data), resolved)
            assert not leaks(told(loaded)), (wrong, told(loaded))
            if not resolved:
                assert not leaks(repr(loaded.flow)), wrong


COMMON = """flow: f
vars: {own: "${secret:marked} ${MARKED}", more: "${own} ${NUMBER}", far: "${given:-}"}
connections: {c: {type: X}}
nodes:
  a: {type: inject, every: 1h, payload: 1, to: b}
  b: {type: log, connection: c}
"""


@pytest.mark.parametrize("reference", ["${secret:marked}", "${own}", "${more}", "${NUMBER}", "x${secret:marked}y"])
@pytest.mark.parametrize(
    "line",
    [
        "  n: {type: R}",
        "  n: {type: log, to: R}",
        "  n: {type: log, to: {R: b, out: R}}",
        "  n: {type: log, on_error: R}",
        "  n: {type: log, queue: R}",
        "  n: {type: log, queue: {count: R, bytes: R, when_full: R, x: R}}",
        "  n: {type: log, durable: R}",
        "  n: {type: log, durable: {max: R, when_full: R, rate: R, slower: {'1': R}, keep: R}}",
        "  n: {type: log, dedupe: R}",
        "  n: {type: log, dedupe: {key: R, window: R}}",
        "  n: {type: log, guarantee: R}",
        "  n: {type: log, title: R, note: R, disabled: R}",
        "  n: R",
        "  n: [R]",
        "  n: {type: mqtt_in, connection: R, topic: x}",
        "  n: {type: sub, limit: R, R: 1}",
        "  n: {type: sub, limit: [R]}",
        "  n: {type: mqtt_in, connection: d, topic: x}",
    ],
)
def test_nothing_that_every_node_has_tells_it_either(line: str, reference: str, tmp_path: Path) -> None:
    inner = "inputs: in\nvars: {limit: 1}\nnodes:\n  in: {type: buffer, every: '${limit}', count: '${limit}'}\n"
    (tmp_path / "sub.yaml").write_text(inner)
    text = COMMON.replace("type: X", f"type: '{reference}'") + line.replace("R", f'"{reference}"') + "\n"
    text += f"pages: {{p: {{title: '{reference}', widgets: {{w: {{type: '{reference}', to: '{reference}'}}}}}}}}\n"
    text += f"tests: [{{name: '{reference}', send: {{'{reference}': []}}}}]\n"
    for resolved in (True, False):
        assert not leaks(told(read(text, resolved, tmp_path))), told(read(text, resolved, tmp_path))


def test_a_problem_shows_the_text_as_it_is_written() -> None:
    found = read("flow: f\nnodes:\n  a: {type: inject, every: '${MARKED}', payload: 1, to: l}\n  l: {type: log}\n")
    assert [p.message for p in found.problems] == ["every: what '${MARKED}' stands for is not right here"]
    assert [p.path for p in found.problems] == [("nodes", "a", "every")]


def test_an_override_is_not_told() -> None:
    text = "flow: f\nvars: {e: 1s}\nnodes:\n  a: {type: inject, every: '${e}', payload: 1, to: l}\n  l: {type: log}\n"
    assert not leaks(told(read(text, overrides={"e": MARK})))
    assert read(text, overrides={"e": MARK}).problems and not read(text, False, overrides={"e": MARK}).problems


def test_what_nobody_looked_up_is_not_held_against_a_text() -> None:
    text = "flow: f\nnodes:\n  l: {type: log}\n"
    text += "  a: {type: inject, every: '${NUMBERLESS}', payload: '${secret:nobody}', title: '${X}', to: l}\n"
    assert read(text, resolved=False).problems == []
    assert len(read(text).problems) == 3
    wrong = text.replace("payload:", "paylode:")
    assert ["unknown option" in p.message for p in read(wrong, resolved=False).problems].count(True) == 1


def test_an_unresolved_reference_takes_its_default() -> None:
    text = "flow: f\nnodes:\n  a: {type: inject, every: '${NUMBER:-1s}', payload: 1}\n"
    text += "  b: {type: log, level: '${MARKED:-x}'}\n"
    found = read(text, resolved=False)
    assert found.flow.nodes["a"].config.every == 1.0  # type: ignore[union-attr]
    assert any("level" in p.message for p in found.problems)


@given(st.text("ab{}$:-.0123456789 ", max_size=40))
def test_a_number_that_nobody_can_hold_is_text(default: str) -> None:
    read(json.dumps({"flow": "f", "vars": {"v": f"${{X:-{default}}}", "w": "${X:-" + "9" * 400 + "}"}}))
