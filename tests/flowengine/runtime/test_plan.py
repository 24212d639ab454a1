"""A deploy touches what it must: each node is added, removed, restarted, renamed, rewired or kept."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.catalog import installed
from flowengine.flow.load import load
from flowengine.flow.model import Flow
from flowengine.runtime.plan import plan

TEXT = """\
flow: hall
connections:
  db: {type: sql, url: "sqlite:///a.db"}
nodes:
  clock: {type: inject, every: 1s, payload: {v: 1}, to: [hot, store]}
  hot: {type: filter, where: payload.v > 1, to: show}
  show: {type: log}
  store: {type: sql_out, connection: db, table: t, columns: {v: payload.v}}
"""


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


@cache
def flow(text: str) -> Flow:
    loaded = load(text, "hall.yaml", installed(), {}, NoSecrets(), None)
    assert not [problem for problem in loaded.problems if problem.severity == "error"]
    return loaded.flow


def changed(before: str, after: str) -> Any:
    assert before in TEXT
    return plan(flow(TEXT), flow(TEXT.replace(before, after)))


def test_the_same_text_with_another_layout_touches_nothing() -> None:
    found = changed("show: {type: log}", "show:   {type:  log}  # in the log")
    assert found.nothing and set(found.kept) == {"clock", "hot", "show", "store"}
    assert list(found.lines()) == ["  4 nodes are not touched"]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("payload.v > 1", "payload.v > 2", ["~ hot: restarts (where changed)"]),
        ("to: show", "on_error: show", ["> hot: gets other wires, keeps running"]),
        ("{type: log}", "{type: log, queue: 9}", ["~ show: restarts (its queue changed)"]),
        ("{type: log}", "{type: log, disabled: true}", ["~ show: restarts (disabled)"]),
        ("{type: log}", "{type: rtdb_write, key: x}", ["~ show: restarts (type was log)"]),
        ("a.db", "b.db", ["~ store: restarts (connection db changed)", "= connection db: opened anew or closed"]),
        ("nodes:", "nodes:\n  more: {type: inject, every: 1s, to: show}", ["+ more: starts"]),
    ],
)  # fmt: skip
def test_a_change_is_told_by_what_it_does(before: str, after: str, lines: list[str]) -> None:
    assert list(changed(before, after).lines())[:-1] == lines


def test_a_renamed_node_is_neither_added_nor_removed() -> None:
    text = TEXT.replace("show: {type: log}", "shown: {type: log, was: show}").replace("to: show", "to: shown")
    found = plan(flow(TEXT), flow(text))
    assert dict(found.renamed) == {"shown": "show"} and not found.added and not found.removed


@given(st.sets(st.sampled_from(["hot", "show", "store"])), st.sets(st.sampled_from(["hot", "show", "store"])))
def test_each_node_has_one_fate(old: set[str], new: set[str]) -> None:
    def only(names: set[str]) -> Flow:
        whole = flow(TEXT)
        kept = {id: spec for id, spec in whole.nodes.items() if id in names | {"clock"}}
        return Flow(name="hall", title="", nodes=kept, connections=whole.connections)

    found = plan(only(old), only(new))
    fates = [*found.added, *found.removed, *found.changed, *found.renamed, *found.rewired, *found.kept]
    assert sorted(fates) == sorted(old | new | {"clock"})
