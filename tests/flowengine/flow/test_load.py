"""Loading a flow finds every fault at once, each with its place, its node and the nearest right word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.catalog import installed
from flowengine.config import Secret
from flowengine.flow.files import FlowFiles
from flowengine.flow.load import Loaded, load

GOOD = """\
flow: good
vars: {site: "${SITE:-lab}", hot: 8}
connections:
  broker: {type: mqtt, url: "mqtt://127.0.0.1:1", password: "${secret:pass}"}
nodes:
  in: {type: mqtt_in, connection: broker, topic: "${site}/{device}", to: hot}
  hot: {type: filter, where: "payload.value > ${hot}", to: [show, hold], on_error: show}
  hold: {type: buffer, every: 5s, to: {out: show}}
  show: {type: log}
"""


class OneSecret:
    def get(self, name: str) -> str | None:
        return {"pass": "hunter2-of-ours", "pin": "pump", "empty": ""}.get(name)


def loaded(text: str, folder: Path | None = None, env: dict[str, str] | None = None, **given: Any) -> Loaded:
    library = FlowFiles(folder) if folder else None
    return load(text, "f.yaml", installed(), env or {}, OneSecret(), library, **given)


def faults(text: str) -> list[str]:
    return [str(problem) for problem in loaded(text).problems]


def test_a_right_flow_has_no_problems_and_typed_options() -> None:
    flow = loaded(GOOD).flow
    assert loaded(GOOD).problems == []
    assert flow.nodes["in"].options["topic"] == "lab/{device}"
    assert flow.nodes["hold"].config.every == 5.0  # type: ignore[union-attr]
    assert flow.nodes["hot"].wires == {"out": ("show", "hold"), "error": ("show",)}


def test_the_environment_wins_over_a_default_and_an_override_over_both() -> None:
    assert loaded(GOOD, env={"SITE": "hall2"}).flow.nodes["in"].options["topic"] == "hall2/{device}"
    given = loaded(GOOD, overrides={"site": "x"})
    assert given.flow.nodes["in"].options["topic"] == "x/{device}"


def test_pages_know_variables_too() -> None:
    page = "pages: {hall: {widgets: {t: {type: gauge, key: '${site}/t', warn: '${hot}', to: '${nobody}'}}}}\n"
    found = loaded(GOOD + page)
    widget = found.flow.pages["hall"]["widgets"]["t"]
    assert (widget["key"], widget["warn"]) == ("lab/t", 8)
    assert ["'nobody' is neither a variable of this flow nor in the environment" in str(p) for p in found.problems] == [
        True
    ]


def test_a_whole_reference_keeps_its_type() -> None:
    flow = loaded(GOOD.replace("every: 5s", "count: '${hot}'")).flow
    assert flow.nodes["hold"].options["count"] == 8


def test_a_secret_never_shows() -> None:
    password = loaded(GOOD).flow.connections["broker"].options["password"]
    assert isinstance(password, Secret) and password.reveal() == "hunter2-of-ours"
    assert "hunter2-of-ours" not in repr(loaded(GOOD)) and "hunter2-of-ours" not in f"{password}{password!r}"
    joined = loaded(GOOD.replace('"${secret:pass}"', '"x${secret:pass}y"')).flow.connections["broker"].options
    assert joined["password"].reveal() == "xhunter2-of-oursy" and "hunter2-of-ours" not in repr(joined)


def test_a_short_secret_is_warned_of_and_an_empty_one_refused() -> None:
    found = loaded(GOOD.replace("secret:pass", "secret:pin"))
    assert found.ok
    assert [str(problem) for problem in found.problems] == [
        "f.yaml:4:61: warning: node broker: secret 'pin' is shorter than 8 characters: it is easily guessed,"
        " and answers may show it"
    ]
    assert [problem.severity for problem in found.problems] == ["warning"]
    assert faults(GOOD.replace("secret:pass", "secret:empty")) == ["f.yaml:4:61: node broker: secret 'empty' is empty"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("type: filter", "type: filtr"), "f.yaml:7:15: node hot: unknown type 'filtr' (did you mean filter?)"),
        (("every:", "evry:"), "f.yaml:8:24: node hold: unknown option 'evry' (did you mean every?)"),
        (("[show, hold]", "[shw, hold]"), "node hot: wired to 'shw', which does not exist (did you mean show?)"),
        (("{out: show}", "{ot: show}"), "node hold: no port 'ot'; it has out (did you mean out?)"),
        (("connection: broker", "connection: brokr"), "node in: no connection 'brokr' (did you mean broker?)"),
        (("${hot}", "${hut}"), "'hut' is neither a variable of this flow nor in the environment (did you mean hot?)"),
        (("secret:pass", "secret:past"), "f.yaml:4:61: node broker: secret 'past' is not defined"),
        (("payload.value >", "payload.value >>"), "node hot: where:"),
        (("{device}", "a+b"), "node in: topic:"),
        (("every: 5s", "every: 5 parsecs"), "f.yaml:8:31: node hold: every: '5 parsecs' is not a duration"),
        (("type: log", "type: mqtt_in"), "which is a source and takes no input"),
        (("flow: good", "flow: ../etc"), "f.yaml:1:7: a flow needs a name"),
        (("flow: good", "flow: A"), "f.yaml:1:7: a flow needs a name of small letters"),
        (("flow: good", "flow: -rf"), "f.yaml:1:7: a flow needs a name of small letters"),
        (("type: log", "level: info"), "node show: a node needs a type"),
        (("nodes:", "nodez:"), "f.yaml:5:1: unknown section 'nodez' (did you mean nodes?)"),
        (("connection: broker, ", ""), "node in: option 'connection' is missing"),
        (("type: mqtt,", "type: matt,"), "node broker: unknown type 'matt' (did you mean mqtt?)"),
        (("every: 5s", "queue: {when_full: drop}"), "queue.when_full: one of block, drop_oldest, drop_newest"),
        (("{out: show}", "hot"), "cycle hot -> hold -> hot that no queue breaks"),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_right_word(change: tuple[str, str], fault: str) -> None:
    found = faults(GOOD.replace(*change))
    assert any(fault in line for line in found), found


def test_all_faults_are_reported_at_once() -> None:
    text = GOOD.replace("type: filter", "type: filtr").replace("every: 5s", "every: x").replace("out: show", "out: shw")
    assert len(faults(text)) == 3


def test_a_queue_breaks_a_cycle() -> None:
    assert faults(GOOD.replace("{out: show}", "[hot, show]").replace("every: 5s", "every: 5s, queue: 10")) == []


def test_a_node_that_no_source_reaches_is_a_warning() -> None:
    result = loaded(GOOD + "  lonely: {type: log}\n")
    assert [p.message for p in result.problems] == ["no source leads here"] and result.ok


def test_a_node_that_a_page_gives_messages_to_is_reached() -> None:
    for to in ("lonely", "[lonely]"):
        page = f"pages: {{hall: {{widgets: {{go: {{type: button, to: {to}}}, note: {{type: text, text: hi}}}}}}}}\n"
        assert faults(GOOD + "  lonely: {type: log}\n" + page) == []


def test_an_on_error_of_the_flow_serves_nodes_without_one() -> None:
    flow = loaded(GOOD + "on_error: show\n").flow
    assert flow.nodes["in"].wires["error"] == ("show",) and "error" not in flow.nodes["show"].wires


SUBFLOW = """\
flow: halve
vars: {divisor: 2}
inputs: cut
outputs: {out: cut, small: rest.out}
nodes:
  cut: {type: filter, where: "payload % ${divisor} == 0", to: rest}
  rest: {type: filter, where: "payload < 10"}
"""
USER = """\
flow: user
nodes:
  s: {type: inject, payload: 1, to: h}
  h: {type: halve, divisor: 3, to: {out: k, small: k2}, on_error: k}
  k: {type: log}
  k2: {type: log}
"""


def test_a_subflow_becomes_its_nodes_with_its_own_variables(tmp_path: Path) -> None:
    (tmp_path / "halve.yaml").write_text(SUBFLOW)
    result = loaded(USER, tmp_path)
    assert result.problems == []
    nodes = result.flow.nodes
    assert nodes["s"].wires == {"out": ("h.cut",)}
    assert nodes["h.cut"].options["where"] == "payload % 3 == 0"
    assert nodes["h.cut"].wires == {"out": ("h.rest", "k"), "error": ("k",)}
    assert nodes["h.rest"].wires == {"out": ("k2",), "error": ("k",)}


def test_doors_of_a_subflow_lead_through_an_instance_inside_it(tmp_path: Path) -> None:
    (tmp_path / "halve.yaml").write_text(SUBFLOW)
    around = "flow: around\ninputs: h\noutputs: {few: h.small}\nnodes:\n  h: {type: halve}\n"
    (tmp_path / "around.yaml").write_text(around)
    user = "flow: f\nnodes:\n  s: {type: inject, to: a}\n  a: {type: around, to: {few: k}}\n  k: {type: log}\n"
    result = loaded(user, tmp_path)
    assert result.problems == []
    assert result.flow.nodes["s"].wires == {"out": ("a.h.cut",)}
    assert result.flow.nodes["a.h.rest"].wires == {"out": ("k",)}


def test_connections_of_a_subflow_are_those_of_the_flow_that_uses_it(tmp_path: Path) -> None:
    said = "flow: said\ninputs: out\nnodes:\n  out: {type: mqtt_out, connection: broker, topic: t}\n"
    (tmp_path / "said.yaml").write_text(said)
    assert loaded(said, tmp_path).problems == []
    user = "flow: f\nnodes:\n  s: {type: inject, to: a}\n  a: {type: said}\n"
    assert any("no connection 'broker'" in str(problem) for problem in loaded(user, tmp_path).problems)


def test_a_wrong_variable_of_a_subflow_is_a_fault_of_its_user(tmp_path: Path) -> None:
    (tmp_path / "halve.yaml").write_text(SUBFLOW)
    found = [str(p) for p in loaded(USER.replace("divisor", "divisr"), tmp_path).problems]
    assert found == ["f.yaml:4:20: node h: subflow 'halve' has no variable 'divisr' (did you mean divisor?)"]


def test_a_subflow_that_uses_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "halve.yaml").write_text(SUBFLOW.replace('type: filter, where: "payload < 10"', "type: halve"))
    assert any("nested deeper" in str(p) for p in loaded(USER, tmp_path).problems)


@given(st.text(max_size=200))
def test_no_text_makes_loading_fail(text: str) -> None:
    loaded(text)


@given(
    st.integers(0, len(GOOD)),
    st.integers(0, 30),
    st.text(alphabet=st.sampled_from("{}[]:,&*!|>'\"%@`#-? \n\tatyp1"), max_size=6),
)
def test_no_damaged_flow_makes_loading_fail(start: int, length: int, inserted: str) -> None:
    loaded(GOOD[:start] + inserted + GOOD[start + length :])


def test_a_connection_that_disabled_nodes_alone_use_is_not_made() -> None:
    disabled = GOOD.replace("type: mqtt_in,", "type: mqtt_in, disabled: true,")
    assert not loaded(disabled).flow.connections
    shared = disabled.replace("nodes:", 'nodes:\n  also: {type: mqtt_in, connection: broker, topic: "#", to: hot}')
    assert list(loaded(shared).flow.connections) == ["broker"]


def test_a_node_that_has_a_title_of_its_own_gets_the_title() -> None:
    nodes_text = (
        "in: {type: inject, title: Start, to: a}\n  a: {type: alert, when: payload > 1, title: '{device} is hot'}"
    )
    nodes = loaded(f"flow: f\nnodes:\n  {nodes_text}\n").flow.nodes
    assert nodes["a"].title == "{device} is hot"
    assert str(nodes["a"].options["title"]) == "{device} is hot"
    assert "title" not in nodes["in"].options


def test_an_expression_knows_what_sources_capture_and_nothing_else() -> None:
    capturing = GOOD.replace('where: "payload.value > ${hot}"', "where: 'device == \"c1\"'")
    assert faults(capturing) == []
    assert faults(capturing.replace("device ==", "devise ==")) == [
        "f.yaml:7:31: node hot: where: devise == \"c1\": column 1: unknown name 'devise'; did you mean 'device'?"
    ]


@pytest.mark.parametrize("name", ["payload", "topic", "meta", "time"])
def test_a_capture_that_hides_what_every_message_has_is_refused(name: str) -> None:
    assert faults(GOOD.replace("{device}", f"{{{name}}}")) == [
        f"f.yaml:6:50: node in: the capture '{name}' hides the message's own {name} (did you mean {name}_?)"
    ]


def test_dedupe_has_no_key_by_default() -> None:
    assert faults(GOOD.replace("show: {type: log}", "show: {type: log, dedupe: {window: 5m}}")) == [
        "f.yaml:9:21: node show: option 'dedupe.key' is missing"
    ]
    found = faults(GOOD.replace("show: {type: log}", 'show: {type: log, dedupe: {key: "{a b}"}}'))
    assert len(found) == 1 and "not a name" in found[0]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("type: filter", "type: fliter", "unknown-node-type"),
        ("type: mqtt,", "type: mqt,", "unknown-node-type"),
        ("where:", "wher: 1, where:", "unknown-option"),
        ("vars:", "vras: {}\nvars:", "unknown-section"),
        (", every: 5s", ", every: soon", "wrong-value"),
        ('topic: "${site}/{device}", ', "", "missing-option"),
        ("show: {type: log}", "show: {}", "missing-option"),
        ("to: {out: show}", "to: {ot: show}", "unknown-port"),
        ("connection: broker", "connection: brokr", "unknown-connection"),
        ("type: mqtt, ", "type: serial, ", "wrong-connection"),
        ("to: {out: show}", "to: {out: shwo}", "unknown-node"),
        ("to: {out: show}", "to: {out: in}", "wired-to-source"),
        ("on_error: show}", "on_error: show}\n  alone: {type: log}", "unreached"),
        ("${hot}", "${hto}", "undefined-variable"),
        ("hold: {", "ho ld: {", "bad-name"),
        ("flow: good", "flow: go od", "bad-name"),
        ("flow: good", "flow: good\ntests: [{nmae: x}]", "bad-test"),
        ("flow: good", "flow: [good", "not-readable"),
    ],
)
def test_each_fault_has_a_code_for_programs(before: str, after: str, code: str) -> None:
    assert before in GOOD
    assert code in {problem.code for problem in loaded(GOOD.replace(before, after, 1)).problems}


def test_what_a_machine_lacks_is_told_of_nodes_that_shall_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.clients.extras.find_spec", lambda package: None)
    points = "points: [{name: t, address: i=1}]"
    flow = (
        "flow: f\nconnections:\n  m: {type: opcua, url: 'opc.tcp://h:4840'}\n"
        f"nodes:\n  in: {{type: opcua_in, connection: m, {points}, to: out}}\n  out: {{type: log}}\n"
    )
    [told] = faults(flow)
    assert "node in: OPC UA is an extra: pip install" in told
    assert faults(flow.replace("connection: m,", "connection: m, disabled: true,")) == []
