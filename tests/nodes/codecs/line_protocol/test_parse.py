"""nodes/codecs/line_protocol/parse.py: every valid, invalid and batch vector."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.line_protocol.parse import BadLine, Point, parse

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "influx_line_protocol.json").read_text("utf-8"))
KINDS = {"float": float, "int": int, "uint": int, "bool": bool, "string": str}


@pytest.mark.parametrize("case", VECTORS["valid"], ids=lambda case: case["name"])
def test_a_valid_line_has_the_meaning_the_server_read(case):
    (point,) = parse(case["line"], case["precision"])
    wanted = case["parsed"]
    assert point.measurement == wanted["measurement"]
    assert point.tags == wanted["tags"]
    assert point.time_ns == wanted["timestamp_ns"]
    assert point.fields == {name: field["value"] for name, field in wanted["fields"].items()}
    for name, field in wanted["fields"].items():
        assert type(point.fields[name]) is KINDS[field["type"]]


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["name"])
def test_an_invalid_line_is_refused_whole_and_its_neighbours_are_read(case):
    before, bad, *rest = parse(f"a f=1 1\n{case['line']}\nb f=1 1", case["precision"])
    assert isinstance(before, Point) and isinstance(bad, BadLine) and bad.reason
    if case["name"] != "unterminated_string":  # that one may swallow what follows
        assert bad.line == case["line"] and [type(each) for each in rest] == [Point]


@pytest.mark.parametrize("case", VECTORS["batches"], ids=lambda case: case["name"])
def test_a_body_gives_the_points_the_server_stored(case):
    points = list(parse(case["body"]))
    stored = case["influxdb_1_6_7"]["points_stored"]
    if case["name"] in ("type_conflict", "crlf_lines"):  # not a matter of reading; InfluxDB 2 accepts CR
        assert all(isinstance(point, Point) for point in points)
        return
    merged = {}
    for point in points:
        if isinstance(point, Point):
            merged.setdefault((str(point.tags), point.time_ns), (point.tags, {}))[1].update(point.fields)
    assert [{"tags": t, "fields": f, "ts": key[1]} for key, (t, f) in merged.items()] == stored


@given(st.text(st.sampled_from('m,= \\"\n#ab1i.-t\r\té')))
def test_any_text_is_read_to_its_end_without_a_crash(text):
    for each in parse(text):
        assert isinstance(each, Point | BadLine)


def test_a_hostile_line_takes_linear_time():
    assert isinstance(next(parse("m," + "\\," * 200_000)), BadLine)
    assert isinstance(next(parse('m f="' + '\\"' * 200_000)), BadLine)
