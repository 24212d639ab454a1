"""Nodes go into a subflow and come back: what runs is the same, comments stay, and what cannot be is refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.catalog import installed
from flowengine.flow.document import Document
from flowengine.flow.edit import EditRefused, extract, inline
from flowengine.flow.load import load
from flowengine.flow.model import Flow

FLOW = """\
# the hall
flow: hall
vars: {site: lab, topic: "${site}/t", hot: 8}
nodes:
  meter: {type: inject, every: 1s, to: clean}   # once a second

  # away with what is no number
  clean:
    type: filter
    where: "payload > 0"      # never below
    to: [warm, show]

  warm: {type: filter, where: "payload > ${hot}", to: send, on_error: show}
  send: {type: template, template: "${topic}", to: show}
  show: {type: log}
tests:
  - name: it is warm
    send: {clean: [{payload: 9}]}
    expect: {show: {count: 2}, "clean -> warm": {count: 1}, warm: {count: 1}}
"""


class Library:
    def __init__(self, **texts: str):
        self.texts = texts

    def get(self, name: str) -> tuple[str, bytes] | None:
        return (f"{name}.yaml", self.texts[name].encode()) if name in self.texts else None

    def beside(self, _name: str) -> bytes | None:
        return None


class NoSecrets:
    def get(self, _name: str) -> str | None:
        return None


def flow_of(text: str, **subflows: str) -> Flow:
    return load(text, "f", installed(), {}, NoSecrets(), Library(**subflows)).flow


def running(flow: Flow, prefix: str = "") -> dict[str, tuple[str, Any, dict[str, frozenset[str]]]]:
    """What runs: type, options and wires of each node, without the instance's name before it."""
    bare = {id: id.removeprefix(prefix) for id in flow.nodes}
    return {
        bare[id]: (
            spec.type,
            dict(spec.options),
            {port: frozenset(bare.get(end, end) for end in ends) for port, ends in spec.wires.items() if ends},
        )
        for id, spec in flow.nodes.items()
    }


def test_what_was_extracted_stays_as_it_was_written_and_the_rest_too() -> None:
    done = extract(FLOW, ["clean", "warm"], "usable")
    assert done.subflow == (
        "flow: usable\nvars: {hot: 8}\ninputs: clean\noutputs: {clean: clean, warm: warm, warm_error: warm.error}\n\n"
        "nodes:\n"
        "  # away with what is no number\n"
        "  clean:\n    type: filter\n"
        '    where: "payload > 0"      # never below\n    to: [warm]\n'
        '  warm: {type: filter, where: "payload > ${hot}"}\n'
    )
    assert "  meter: {type: inject, every: 1s, to: usable}   # once a second\n" in done.text
    assert done.text.startswith("# the hall\nflow: hall\n") and "usable/clean -> usable/warm" in done.text
    assert running(flow_of(done.text, usable=done.subflow), "usable.") == running(flow_of(FLOW))


def test_a_single_way_out_needs_no_name_and_values_of_variables_come_with_what_they_are_made_of() -> None:
    done = extract(FLOW, ["send"], "said")
    assert "outputs: send\n" in done.subflow and 'vars: {site: lab, topic: "${site}/t"}' in done.subflow
    assert Document.parse(done.text, "f").data["nodes"]["said"] == {"type": "said", "topic": "${topic}", "to": "show"}


def test_an_instance_is_written_out_where_it_stood_with_its_comments() -> None:
    done = extract(FLOW, ["clean", "warm"], "usable")
    back = inline(done.text, "usable", done.subflow)
    assert "  # away with what is no number\n  clean:\n    type: filter\n" in back and "# never below" in back
    assert "usable" not in back
    assert running(flow_of(back)) == running(flow_of(FLOW))
    assert Document.parse(back, "f").data["tests"] == Document.parse(FLOW, "f").data["tests"]


def test_variables_of_an_instance_are_filled_in_and_taken_names_get_a_number() -> None:
    inner = 'flow: half\nvars: {by: 2, at: "x/${by}"}\ninputs: cut\noutputs: cut\nnodes:\n'
    inner += '  cut: {type: filter, where: "payload % ${by} == 0", note: "${at} $${by}"}\n'
    text = "flow: f\nnodes:\n  in: {type: inject, to: h}\n  h: {type: half, by: 3, to: cut}\n  cut: {type: log}\n"
    nodes = Document.parse(inline(text, "h", inner), "f").data["nodes"]
    assert nodes["cut_2"] == {"type": "filter", "where": "payload % 3 == 0", "note": "x/3 $${by}", "to": "cut"}
    assert nodes["in"]["to"] == "cut_2" and "h" not in nodes


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([], "nothing is selected"),
        (["nowhere"], "there is no nodes.nowhere"),
        (["meter", "clean", "warm", "send", "show"], "a flow of their own"),
        (["warm", "show"], "one way in, but clean leads to show, warm and send to show"),
    ],
)
def test_what_no_subflow_can_do_is_refused_with_the_reason(nodes: list[str], reason: str) -> None:
    with pytest.raises(EditRefused, match=reason):
        extract(FLOW, nodes, "x")


def test_wires_of_for_each_that_join_one_to_one_are_not_cut() -> None:
    text = "flow: f\nnodes:\n  a: {type: inject, for_each: [x, y], to: b}\n  b: {type: log, for_each: [x, y]}\n"
    with pytest.raises(EditRefused, match="a and b are wired one to one"):
        extract(text, ["a"], "s")


def test_what_nodes_cannot_take_over_from_an_instance_is_refused() -> None:
    done = extract(FLOW, ["send"], "said")
    text = done.text.replace("{type: said,", "{type: said, durable: true,")
    with pytest.raises(EditRefused, match="said says durable"):
        inline(text, "said", done.subflow)


IDS = [f"n{i}" for i in range(6)]
some = st.lists(st.sampled_from(IDS), max_size=2, unique=True)
node = st.fixed_dictionaries(
    {"type": st.just("switch"), "cases": st.just({"a": "payload > ${v}", "b": "payload < 0"})},
    optional={
        "to": st.one_of(some, st.sampled_from(IDS), st.fixed_dictionaries({}, optional={"a": some, "b": some})),
        "on_error": some,
    },
)
flows = st.fixed_dictionaries(
    {"flow": st.just("f"), "vars": st.just({"v": 3}), "nodes": st.fixed_dictionaries(dict.fromkeys(IDS, node))},
    optional={"on_error": st.sampled_from(IDS)},
)


@settings(max_examples=150)
@given(flows, st.sets(st.sampled_from(IDS), min_size=1, max_size=4), st.booleans())
def test_what_runs_is_the_same_in_a_subflow_and_out_of_it_again(
    data: dict[str, Any], nodes: set[str], wide: bool
) -> None:
    text = written(data, wide)
    before = running(flow_of(text))
    try:
        done = extract(text, nodes, "sub")
    except EditRefused as refused:
        assert re.search("one way in|flow of their own|errors of the whole flow", refused.reason)
        return
    flow = load(done.text, "f", installed(), {}, NoSecrets(), Library(sub=done.subflow))
    assert running(flow.flow, "sub.") == before
    assert running(flow_of(inline(done.text, "sub", done.subflow))) == before


def written(data: dict[str, Any], wide: bool) -> str:
    """The flow in YAML, each node in a line or in lines, each with a comment."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in data.items() if key != "nodes"]
    lines.append("nodes:")
    for id, value in data["nodes"].items():
        lines.append(f"  # {id} is here")
        if wide:
            lines.append(f"  {id}:")
            lines += [f"    {key}: {json.dumps(item)}  # {key}" for key, item in value.items()]
        else:
            lines.append(f"  {id}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"
