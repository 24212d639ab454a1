"""What was found in a text is remembered for exactly as long as it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.deployer import Deployer
from flowengine.engine import Engine, Settings
from flowengine.store.revisions import Revisions
from web_editor.workspace.checked_texts import CheckedTexts
from web_editor.workspace.flow_sources import FlowSources

FLOW = "flow: {}\nnodes: {{tick: {{type: inject, to: out}}, out: {{type: {}}}}}\n"
SUBFLOW = "flow: twice\ninputs: [way]\nnodes:\n  way: {{type: log, message: {}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    return tmp_path / "flows"


@pytest.fixture
def texts(tmp_path: Path, folder: Path) -> Iterator[CheckedTexts]:
    engine, revisions = Engine(Settings(tmp_path / "data")), Revisions(tmp_path)
    yield CheckedTexts(engine, FlowSources(Deployer(engine, [folder]), revisions))
    revisions.close()


def test_every_flow_is_told_and_the_same_text_is_checked_once(texts: CheckedTexts, folder: Path) -> None:
    for name, kind in (("a", "log"), ("b", "lgo")):
        (folder / f"{name}.yaml").write_text(FLOW.format(name, kind))
    first = {flow.id: found for flow, found in texts.every()}
    assert [(id, found.errors) for id, found in first.items()] == [("a", 0), ("b", 1)]
    again = {flow.id: found for flow, found in texts.every()}
    assert all(again[id] is first[id] for id in first)


def test_another_text_of_a_subflow_makes_another_result(texts: CheckedTexts, folder: Path) -> None:
    (folder / "a.yaml").write_text(FLOW.format("a", "log"))
    (folder / "twice.yaml").write_text(SUBFLOW.format("once"))
    before = {flow.id: found for flow, found in texts.every()}["a"]
    (folder / "twice.yaml").write_text(SUBFLOW.format("again"))
    assert {flow.id: found for flow, found in texts.every()}["a"] is not before


def test_after_a_secret_has_changed_everything_is_checked_anew(texts: CheckedTexts, folder: Path) -> None:
    (folder / "a.yaml").write_text(FLOW.format("a", "log"))
    ((flow, before),) = texts.every()
    texts.forget()
    assert texts.check(flow, flow.text) is not before


def test_what_was_checked_without_secrets_is_not_shown_to_those_who_may_know(texts: CheckedTexts, folder: Path) -> None:
    (folder / "a.yaml").write_text(FLOW.format("a", "log"))
    ((flow, found),) = texts.every()
    assert texts.check(flow, flow.text, resolved=False) is not found


def test_only_the_latest_results_are_kept(texts: CheckedTexts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web_editor.workspace.checked_texts.MOST_CHECKED", 2)
    (folder / "a.yaml").write_text(FLOW.format("a", "log"))
    ((flow, found),) = texts.every()
    for number in range(2):
        texts.check(flow, flow.text + f"# {number}\n")
    assert texts.check(flow, flow.text) is not found
