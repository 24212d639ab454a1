"""`for_each`: names and values from maps, lists and files; one problem for one fault; bounds."""

from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.engine import Engine, Settings
from flowengine.flow.each import instances_of, resolved
from flowengine.flow.load import Loaded

FILES = {
    "a.csv": b"name,max,on\np1,6,true\n\np2,8.5,off\n",
    "b.csv": "\ufeffname;größe\np1;6,5\n".encode(),
    "c.yaml": b"p1: {max: 6}\np2:\n",
    "short.csv": b"name,max\np1\n",
    "twice.csv": b"name\np1\np1\n",
    "latin.csv": "name\ngröße\n".encode("latin-1"),
    "bad.yaml": b"{",
}


def load(tmp_path: Path, nodes: str, **files: str) -> Loaded:
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text)
    file = tmp_path / "f.yaml"
    file.write_text(f"flow: f\nnodes:\n  i: {{type: inject, every: 1s}}\n{nodes}")
    return Engine(Settings(tmp_path / "data"), installed()).load_file(file)


@pytest.mark.parametrize(
    ("given", "instances"),
    [
        ({"p1": {"max": 6}, "p2": None}, {"p1": {"max": 6}, "p2": {}}),
        ({"p1": 6}, {"p1": {"value": 6}}),
        (["p1", 2], {"p1": {}, "2": {}}),
        ("a.csv", {"p1": {"max": 6, "on": True}, "p2": {"max": 8.5, "on": "off"}}),
        ("b.csv", {"p1": {"größe": "6,5"}}),
        ("c.yaml", {"p1": {"max": 6}, "p2": {}}),
    ],
)
def test_instances_are_named_by_a_map_a_list_or_a_file(given, instances):
    assert instances_of(given, FILES.get) == instances


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, "a map from names to values, a list of names, or a file"),
        (["a b"], "'a b' is no name"),
        ([True], "'True' is no name"),
        (["a", "a"], "'a' stands twice"),
        ({"a": {"each": 1}}, "choose another"),
        ("pumps", "NAME.csv or NAME.yaml"),
        ("none.csv", "no file 'none.csv' beside the flow"),
        ("short.csv", "line 2 has 1 cell, the first line 2"),
        ("twice.csv", "'p1' stands twice"),
        ("latin.csv", "is not UTF-8"),
        ("bad.yaml", "bad.yaml:1:"),
    ],
)
def test_what_names_no_instances_is_said(given, words):
    with pytest.raises(ValueError, match=words):
        instances_of(given, FILES.get)


def test_wires_go_pairwise_between_two_alike_and_to_all_otherwise():
    templates = {"a": ("x", "y"), "b": ("y", "x"), "c": ("x",)}
    assert resolved("b", ("a", "x"), templates) == ("b.x",)
    assert resolved("a", ("c", "x"), templates) == ("a.x", "a.y")
    assert resolved("a", ("", ""), templates) == ("a.x", "a.y")
    assert resolved("lone", ("a", "x"), templates) == ("lone",)


def test_a_fault_of_a_template_is_one_problem_with_its_instances(tmp_path):
    loaded = load(tmp_path, "  n: {type: filter, for_each: [a, b, c, d, e], where: payloa > 1, to: nowhere}\n")
    errors = [str(problem) for problem in loaded.problems if problem.severity == "error"]
    assert len(errors) == 2
    assert all(error.count("(in a, b, c and 2 more)") == 1 for error in errors)


def test_a_fault_of_one_instance_names_that_one(tmp_path):
    loaded = load(tmp_path, "  n: {type: delay, for_each: {a: 1s, b: soon}, for: '${value}'}\n")
    [error] = [str(problem) for problem in loaded.problems if problem.severity == "error"]
    assert "'soon' is not a duration" in error and "(in b)" in error


def test_nodes_and_wires_are_bounded(tmp_path):
    many = load(tmp_path, "  n: {type: log, for_each: " + str([f"p{i}" for i in range(10_001)]) + "}\n")
    assert any("at most 10000 nodes" in str(problem) for problem in many.problems)
    names = [f"p{i}" for i in range(400)]
    crossed = load(tmp_path, f"  a: {{type: filter, where: true, for_each: {names}, to: b}}\n"
                             f"  b: {{type: log, for_each: {[*names, 'x']}}}\n")  # fmt: skip
    assert any("more than 100000 wires" in str(problem) for problem in crossed.problems)


def test_a_file_beside_the_flow_is_read_and_one_outside_is_not(tmp_path):
    loaded = load(tmp_path, "  n: {type: log, for_each: names.csv}\n", names_csv="name\na\nb\n")
    assert set(loaded.flow.nodes) == {"i", "n.a", "n.b"}
    outside = load(tmp_path, "  n: {type: log, for_each: ../names.csv}\n")
    assert any("no file '../names.csv' beside the flow" in str(problem) for problem in outside.problems)


def test_a_changed_value_restarts_only_its_instance(tmp_path):
    from flowengine.runtime.plan import plan

    text = "  n: {{type: delay, for_each: {{a: 1s, b: {b}}}, for: '${{value}}'}}\n"
    old, new = (load(tmp_path, text.format(b=b)).flow for b in ("2s", "3s"))
    assert [*plan(old, new).changed] == ["n.b"]
