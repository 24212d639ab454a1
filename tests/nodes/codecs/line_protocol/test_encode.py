"""nodes/codecs/line_protocol/encode.py: the encode vectors, escaping that reads back, and what is refused."""

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.line_protocol.encode import LATEST_NS, MOST_NAMES, LineEncoder, escape_key, escape_measurement
from nodes.codecs.line_protocol.parse import Point, parse

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "influx_line_protocol.json").read_text("utf-8"))
PIPELINES = json.loads((Path(__file__).parents[3] / "vectors" / "pipelines.json").read_text("utf-8"))


def line_of(encoder, tag_values, fields, time_ns):
    """One line, by what the node writes whole columns with."""
    columns = {name: (value,) for name, value in fields.items()}
    return encoder.lines(encoder.prefixes([tag_values]), columns, [time_ns])[0]


def encode(measurement, tags, fields, time_ns=None, **options):
    kept = {name: value for name, value in tags.items() if escape_key(name) and name != "time"}
    return line_of(LineEncoder(measurement, tuple(kept), **options), tuple(kept.values()), fields, time_ns)


def outside_json(value):
    return float(value["$float"]) if isinstance(value, dict) else value


@pytest.mark.parametrize("case", VECTORS["encode"], ids=lambda case: case["name"])
def test_a_point_is_written_as_the_vector_says(case):
    point = case["point"]
    fields = {name: outside_json(value) for name, value in point["fields"].items()}
    assert encode(point["measurement"], point["tags"], fields, point["time_ns"]) == case["line"]


@pytest.mark.parametrize("case", [c for c in VECTORS["valid"] if c["name"] != "uint"], ids=lambda case: case["name"])
def test_what_a_valid_line_means_is_written_and_read_back_the_same(case):
    (point,) = parse(case["line"], case["precision"])
    line = encode(*point[:3], point.time_ns, precision=case["precision"])
    assert list(parse(line, case["precision"])) == [point]


@pytest.mark.parametrize(
    "case", [c for c in PIPELINES["iotferme_cloud"] if c.get("line")], ids=lambda case: case["in"]["topic"]
)
def test_numbers_of_one_field_can_all_be_floats(case):
    (point,) = parse(case["line"])
    whole = {name: int(value) if value.is_integer() else value for name, value in point.fields.items()}
    assert encode(*point[:2], whole, point.time_ns, integers="float") == case["line"]


@pytest.mark.parametrize(("precision", "time"), [("ns", 1234567891), ("us", 1234567), ("ms", 1234), ("s", 1)])
def test_time_is_written_in_the_unit_of_the_precision(precision, time):
    assert encode("m", {}, {"f": 1.5}, 1234567891, precision=precision) == f"m f=1.5 {time}"


def test_refused_fields_and_rows_are_counted_by_reason():
    encoder = LineEncoder("m", ["k"])
    fields = {"a": math.nan, "b": 2**63, "c": [1], "time": 1, "": 1, "\\": 1, "ok": -math.inf, "none": None}
    for _ in range(2):
        assert line_of(encoder, ("x",), fields, 1) is None
    assert line_of(encoder, ("x",), {"f": 1.0}, LATEST_NS + 1) is None
    assert encoder.refused == {
        "not_finite": 4,
        "out_of_range": 2,
        "wrong_type": 2,
        "reserved_name": 2,
        "empty_name": 4,
        "no_fields": 2,
        "time_out_of_range": 1,
    }
    assert line_of(encoder, ("x",), {"f": 1.0}, LATEST_NS) == f"m,k=x f=1 {LATEST_NS}"


@pytest.mark.parametrize("name", ["", "#m", "\\"])
def test_a_measurement_that_a_server_would_not_see_is_an_error(name):
    with pytest.raises(ValueError, match="measurement"):
        escape_measurement(name)


def test_a_tab_before_a_measurement_goes_as_servers_skip_it():
    assert encode("\t\0m", {}, {"f": 1.0}) == "m f=1"


@pytest.mark.parametrize("tag", ["time", "", "\\"])
def test_a_tag_that_a_server_refuses_is_an_error(tag):
    with pytest.raises(ValueError, match="tag"):
        LineEncoder("m", [tag])


def test_tags_are_sorted_whatever_order_they_are_given_in():
    assert line_of(LineEncoder("m", ["b", "a"]), ("1", "2"), {"f": True}, None) == "m,a=2,b=1 f=true"


def test_a_line_end_in_a_tag_cannot_start_another_line():
    line = encode("m\nx", {"k": "a\r\nb f=1"}, {"f\n": 1.0, "s": 'a\nb"'}, 1)
    (point,) = parse(line)
    assert point == Point("m\\nx", {"k": "a\\r\\nb f=1"}, {"f\\n": 1.0, "s": 'a\nb"'}, 1)


def test_a_backslash_that_influxd_would_read_as_an_escape_in_a_field_key_goes():
    names = {"a\\,b": "a\\,b", 'c\\\\"d': 'c"d', "e\\": "e", "f\\g": "f\\g", "h\\\n": "h\\\\n"}
    for name, key in names.items():
        assert encode("m", {}, {name: 1.0}) == f"m {key}=1"


def test_equal_keys_of_different_kinds_are_different_series():
    encoder = LineEncoder("m", ["k"])
    tags = [(1,), (True,), (1.0,), ("1",), (None,), ("",)]
    lines = [line_of(encoder, each, {"f": 1.0}, None) for each in tags * 2]
    assert lines == ["m,k=1 f=1", "m,k=True f=1", "m,k=1.0 f=1", "m,k=1 f=1", "m f=1", "m f=1"] * 2


def test_the_memory_of_names_is_bounded_whoever_sends_others_each_time():
    encoder = LineEncoder("m")
    for n in range(30):
        assert line_of(encoder, (), {f"{n}_{name}": 1.5 for name in range(5_000)}, 1)
    assert sum(map(len, encoder._layouts)) <= MOST_NAMES


def test_the_memory_of_series_and_layouts_is_bounded():
    encoder = LineEncoder("m", ["k"], max_series=10)
    for number in range(100):
        assert line_of(encoder, (f"k{number}",), {f"f{number}": 1.0}, None) == f"m,k=k{number} f{number}=1"
    assert len(encoder._prefixes) == len(encoder._layouts) == 10


NAMES = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: not text.endswith("\\") and text != "time"
)
FIELDS = st.dictionaries(
    NAMES.filter(lambda text: not re.search(r'\\[,= "]', text)),
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"])),
    min_size=1,
)


@given(
    NAMES.filter(lambda text: text.lstrip(" \t\r\0")[:1] not in ("#", "") and text[0] not in "\t\0"),
    st.dictionaries(NAMES, NAMES),
    FIELDS,
    st.none() | st.integers(-LATEST_NS, LATEST_NS),
)
def test_every_point_reads_back_as_it_was(measurement, tags, fields, time_ns):
    line = encode(measurement, tags, fields, time_ns)
    (point,) = parse(line)
    assert point == (measurement, tags, fields, time_ns)
    assert {name: type(value) for name, value in point.fields.items()} == {n: type(v) for n, v in fields.items()}


@given(st.text(min_size=1), st.text(), st.text(), st.text())
def test_hostile_text_gives_exactly_one_line_or_an_error(measurement, tag, field, text):
    try:
        line = encode(measurement, {tag: tag}, {field: text, "safe": 1.0}, 1)
    except ValueError:
        return
    _, point, _ = parse(f"before f=1\n{line}\nafter f=1")
    assert isinstance(point, Point) and point.fields["safe"] == 1.0
