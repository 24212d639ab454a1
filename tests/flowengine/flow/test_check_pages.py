"""Checking a flow tells what its pages cannot draw and where their widgets lead to nothing."""

import pytest

from flowengine.catalog import installed
from flowengine.flow.load import Loaded, load

FLOW = """flow: y
nodes:
  keep: {type: rtdb_write, key: k, value: payload}
  pumps: {type: rtdb_write, for_each: [p1, p2], key: "${each}", value: payload}
pages:
  p:
    widgets:
"""


class NoSecrets:
    def get(self, name: str) -> None:
        return None


def loaded(widget: str) -> Loaded:
    return load(f"{FLOW}      w: {widget}\n", "y.yaml", installed(), {}, NoSecrets())


def told(widget: str) -> list[str]:
    """What is said of the pages; that of nodes which nothing leads to is not of interest."""
    return [str(problem) for problem in loaded(widget).problems if problem.code != "unreached"]


@pytest.mark.parametrize(
    ("widget", "words"),
    [
        ("{type: button, to: kep}", "y.yaml:8:29: warning: leads to 'kep', which does not exist (did you mean keep?)"),
        ("{type: button, to: [keep, kep]}",
         "y.yaml:8:36: warning: leads to 'kep', which does not exist (did you mean keep?)"),
        ("{type: button, to: keep, lable: x}", "y.yaml:8:35: warning: unknown option 'lable' (did you mean label?)"),
        ("{type: gauge, key: k, min: x}", "y.yaml:8:37: warning: min: a number, not 'x'"),
        ("{type: gauge, for_each: [a, b], key: k, look: round}",
         "y.yaml:8:56: warning: look: one of arc, bar, not 'round' (in a, b)"),
        ("{type: trend, keys: [k], span: soon}",
         "y.yaml:8:10: warning: span: 'soon' is not a duration; write for example 250ms, 5s, 10m, 1h30m or 14d"),
    ],
)  # fmt: skip
def test_a_fault_of_a_page_is_a_warning_at_its_place(widget: str, words: str) -> None:
    assert told(widget) == [words]
    assert loaded(widget).ok


@pytest.mark.parametrize("to", ["keep", "[keep, pumps]", "pumps/p1", "pumps.p2"])
def test_a_widget_leads_to_nodes_instances_and_whole_templates(to: str) -> None:
    assert told(f"{{type: button, to: {to}}}") == []


def test_a_widget_that_leads_to_a_template_leads_to_all_of_its_nodes() -> None:
    widget = loaded("{type: button, to: [pumps, keep]}").flow.pages["p"]["widgets"]["w"]
    assert widget["to"] == ["pumps.p1", "pumps.p2", "keep"]


def test_what_came_from_outside_is_told_nowhere() -> None:
    text = (
        FLOW + "      w: {type: trend, keys: [k], span: '${TIME}'}\n      v: {type: gauge, key: k, look: '${TIME}'}\n"
    )
    found = load(text, "y.yaml", installed(), {"TIME": "hidden"}, NoSecrets()).problems
    assert [p.message for p in found if p.code == "bad-page"]
    assert not any("hidden" in f"{p.message} {p.hint}" for p in found)
