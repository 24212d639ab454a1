"""nodes/transforms/map.py: the croissance pipelines of pipelines.json, and clashes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Rejected
from flowengine.testing import make, messages, payloads
from nodes.transforms.map import Map
from nodes.values.names import NameClash

PIPELINES = json.loads((Path(__file__).parents[2] / "vectors" / "pipelines.json").read_text("utf-8"))["croissance"]
UPSERTS = [case for case in PIPELINES if "upsert" in case]
TO_COLUMNS = """
flatten: true
rename: {"memory_*": "*", chip_cpuFreqMhz: cpuFreqMhz, chip_flashKb: flashKb, chip_cores: cores}
case: snake
"""


@pytest.mark.parametrize("case", UPSERTS, ids=lambda case: case["in"]["topic"])
def test_map_makes_the_columns_of_the_seed(case):
    out = payloads(make(Map, TO_COLUMNS).process(messages([json.loads(case["in"]["payload"])])))
    assert out == [case["upsert"]["set"]]


def test_map_refuses_to_lose_a_value_to_another_of_the_same_name():
    with pytest.raises(NameClash):
        make(Map, "case: snake").process(messages([{"aB": 1, "a_b": 2}]))


def test_map_rejects_a_payload_without_fields():
    with pytest.raises(Rejected, match="not a map"):
        make(Map, "case: snake").process(messages([5]))


INNER = st.dictionaries(st.sampled_from("xy"), st.integers(), min_size=1)


@given(st.dictionaries(st.sampled_from("abc"), st.integers() | INNER))
def test_nest_undoes_flatten(payload):
    flat = make(Map, "flatten: true").process(messages([payload]))
    assert payloads(make(Map, "nest: true").process(flat)) == [payload]


def test_map_drops_nulls_and_keeps_the_order_of_only():
    node = make(Map, "{only: [b, a], drop_null: true}")
    [out] = payloads(node.process(messages([{"a": 1, "b": 2, "c": 3}])))
    assert list(out) == ["b", "a"]
    assert payloads(node.process(messages([{"a": None, "b": 0}]))) == [{"b": 0}]


def test_map_finds_settings_that_undo_each_other():
    config = Map.config_type().model_validate({"flatten": True, "nest": True})
    assert [option for option, _ in Map.check(config)] == ["nest"]


def test_each_map_of_a_list_is_mapped() -> None:
    node = make(Map, "{case: camel, except: [secret]}")
    rows = [{"module_id": "a", "secret": 1}, {"module_id": "b"}]
    assert payloads(node.process(messages([rows]))) == [[{"moduleId": "a"}, {"moduleId": "b"}]]
