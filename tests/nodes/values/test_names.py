"""Names against the MQTT payloads' leaves and the seed systems' columns, and the laws of flattening."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.payload import decoder
from nodes.values.names import (
    CASES,
    MAX_INDEX,
    Cased,
    NameClash,
    camel_case,
    flatten,
    kebab_case,
    names_work,
    pascal_case,
    rename,
    snake_case,
    unflatten,
    with_case,
    words,
)
from nodes.values.work import TooMuchWork

VECTORS = Path(__file__).parents[2] / "vectors"
PAYLOADS = [
    json.loads(line)
    for name in ("mqtt_payloads.jsonl", "mqtt_dirty.jsonl")
    for line in (VECTORS / name).read_text().splitlines()
]
JSON = [entry for entry in PAYLOADS if entry["kind"] in ("json", "number")]
CROISSANCE = json.loads((VECTORS / "pipelines.json").read_text())["croissance"]
UPSERTS = [each for each in CROISSANCE if "upsert" in each]
COLUMNS = {
    "memory_*": "*",
    "chip_cpu_freq_mhz": "cpu_freq_mhz",
    "chip_flash_kb": "flash_kb",
    "chip_cores": "cores",
}


def snake_cased() -> Cased:
    return Cased(snake_case, names_work())


def numeric(leaves):
    return {path: leaf for path, leaf in leaves.items() if type(leaf) in (int, float)}


@pytest.mark.parametrize("entry", JSON, ids=lambda entry: entry["topic"])
def test_the_leaves_of_the_fields_payloads_have_their_paths(entry):
    leaves = numeric(flatten(decoder("auto")(entry["payload"].encode()), separator="."))
    if entry["kind"] == "json":
        assert len(leaves) == entry["numeric_leaves"]
        assert leaves == entry.get("leaves", {})
    else:
        assert list(leaves) == [""]


@pytest.mark.parametrize("entry", UPSERTS, ids=lambda each: each["in"]["topic"])
def test_the_seed_systems_payloads_become_its_columns(entry):
    payload = json.loads(entry["in"]["payload"])
    assert rename(flatten(with_case(payload, snake_cased())), COLUMNS) == entry["upsert"]["set"]


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("heapMinFreeKb", "heap_min_free_kb"),
        ("HeapMinFreeKb", "heap_min_free_kb"),
        ("heap-min free.kb", "heap_min_free_kb"),
        ("rssi", "rssi"),
        ("RSSI", "rssi"),
        ("BSSId", "bss_id"),
        ("HTTPServerPort", "http_server_port"),
        ("temp2Max", "temp2_max"),
        ("pm25", "pm25"),
        ("DS18B20-1", "ds18b20_1"),
        ("mq135_ppm", "mq135_ppm"),
        ("cpuFreqMhz", "cpu_freq_mhz"),
        ("températureÉtable", "température_étable"),
        ("__private", "private"),
        ("%", ""),
    ],
)
def test_names_become_snake_case(name, snake):
    assert snake_case(name) == snake


def test_the_other_cases():
    assert camel_case("heap_min_free_kb") == "heapMinFreeKb"
    assert pascal_case("heap-min-freeKb") == "HeapMinFreeKb"
    assert kebab_case("heapMinFreeKb") == "heap-min-free-kb"
    assert camel_case("") == pascal_case("") == ""


def test_keys_change_case_at_any_depth_and_values_never():
    value = {"aB": [{"cD": "eF"}], "%": None}
    assert with_case(value, snake_cased()) == {"a_b": [{"c_d": "eF"}], "%": None}
    assert value == {"aB": [{"cD": "eF"}], "%": None}


def test_two_fields_that_would_get_one_name_are_refused():
    with pytest.raises(NameClash, match="two fields would be called 'a_b'"):
        with_case({"aB": 1, "a_b": 2}, snake_cased())
    with pytest.raises(NameClash, match="'a_b'"):
        flatten({"a": {"b": 1}, "a_b": 2})
    with pytest.raises(NameClash, match="'x'"):
        rename({"x": 1, "y": 2}, {"y": "x"})


def test_flatten_stops_where_it_is_told():
    value = {"a": {"b": {"c": 1}}, "l": [1, {"m": 2}], "e": {}, "f": []}
    assert flatten(value) == {"a_b_c": 1, "l[0]": 1, "l[1]_m": 2, "e": {}, "f": []}
    assert flatten(value, ".", max_depth=2) == {"a.b": {"c": 1}, "l[0]": 1, "l[1]": {"m": 2}, "e": {}, "f": []}
    assert flatten(value, lists=False) == {"a_b_c": 1, "l": [1, {"m": 2}], "e": {}, "f": []}
    assert flatten(5) == {"": 5}
    assert flatten({1: {2: "x"}}) == {"1_2": "x"}


def test_unflatten_builds_maps_and_lists():
    assert unflatten({"a_b_c": 1, "a_d": 2}) == {"a": {"b": {"c": 1}, "d": 2}}
    assert unflatten({"l[0]": 1, "l[2]_m": 2}) == {"l": [1, None, {"m": 2}]}
    assert unflatten({"[0].v": 1, "[1].v": 2}, ".") == [{"v": 1}, {"v": 2}]
    assert unflatten({"a[0]": 1}, lists=False) == {"a[0]": 1}
    assert unflatten({"": 5}) == 5
    assert unflatten({}) == {}


@pytest.mark.parametrize(
    "fields", [{"a": 1, "a_b": 2}, {"a_b": 2, "a": 1}, {"a": {}, "a_b": 1}, {"a[0]": 1, "a_b": 2}, {"a": [], "a[0]": 1}]
)
def test_a_path_that_is_two_things_is_refused(fields):
    with pytest.raises(NameClash):
        unflatten(fields)


def test_a_stray_index_costs_no_memory():
    assert len(unflatten({f"a[{MAX_INDEX}]": 1})["a"]) == MAX_INDEX + 1
    with pytest.raises(ValueError, match="at most 10000, not 999999999"):
        unflatten({"a[999999999]": 1})
    with pytest.raises(ValueError, match="at most 64 steps, not 100000"):
        unflatten({"_".join("a" * 100_000): 1})


def rows(columns: int) -> list[dict[str, int]]:
    return [{f"aB{n}": n for n in range(columns)} for _ in range(20_000 // columns)]


@pytest.mark.parametrize(
    "made",
    [
        lambda: flatten({"k" * 100_000: [1] * 100_000}),
        lambda: unflatten({f"a{n}[{MAX_INDEX}]": n for n in range(10_000)}),
        lambda: unflatten({"[1]" * 300_000: 1}),
        lambda: with_case({f"aB{n}": n for n in range(100_000)}, snake_cased()),
        lambda: with_case({"aB" * 500_000: 1}, snake_cased()),
        lambda: with_case([{}] * 100_000, snake_cased()),
        lambda: rename({f"a{n}": n for n in range(100_000)}, {f"b{n}*": "*" for n in range(10)}),
    ],
    ids=[
        "a long way to many leaves",
        "many stray indices",
        "many steps",
        "many names",
        "a long name",
        "many maps",
        "prefixes",
    ],
)
def test_names_that_would_hold_the_loop_or_fill_the_memory_are_refused(made):
    tracemalloc.start()
    try:
        with pytest.raises(TooMuchWork):
            made()
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_all_steps_of_one_payload_have_what_they_may_take_together():
    work = names_work()
    flat = flatten({"a": {f"bC{n}": n for n in range(20_000)}}, work=work)
    assert len(with_case(flat, Cased(snake_case, work))) == 20_000
    with pytest.raises(TooMuchWork):
        with_case({f"dE{n}": n for n in range(40_000)}, Cased(snake_case, work))


@pytest.mark.parametrize("columns", [5, 1000])
def test_rows_of_the_same_names_take_little(columns):
    assert with_case(rows(columns), snake_cased())[-1] == {f"a_b{n}": n for n in range(columns)}
    assert len(flatten(rows(columns))) == 20_000


def test_rename_takes_the_exact_name_then_the_longest_pattern():
    names = {"flash_*": "disk_*", "flash_used_*": "used_*", "flash_used_kb": "kb", "*": "other_*"}
    fields = {"flash_used_kb": 1, "flash_used_mb": 2, "flash_free": 3, "x": 4}
    assert rename(fields, names) == {"kb": 1, "used_mb": 2, "disk_free": 3, "other_x": 4}


names = st.text(st.sampled_from("abcXYZ019éÉ_- ."), max_size=12)


@given(names)
def test_a_case_changes_nothing_the_second_time(name):
    assert snake_case(snake_case(name)) == snake_case(name)
    assert kebab_case(kebab_case(name)) == kebab_case(name)
    assert words(kebab_case(name)) == words(snake_case(name))


@given(st.text(max_size=20), st.sampled_from(sorted(CASES)))
def test_any_text_has_every_case(name, case):
    assert not set(CASES[case](name)) & set(" .,/\n")


keys = st.text("abc", min_size=1, max_size=4)
trees = st.recursive(
    st.integers() | st.none() | st.text(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(keys, inner, min_size=1, max_size=3),
    max_leaves=15,
)


@given(trees, st.sampled_from("_./"))
def test_unflatten_gives_back_what_was_flattened(tree, separator):
    assert unflatten(flatten(tree, separator), separator) == tree
