"""A batch is written in columns, and each message has the line or the reason that it would have alone."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowengine.expression import compile_template
from flowengine.message import Message
from nodes.batches.field_selector import FieldSelector
from nodes.clients.influxdb.points import MOST_FIELDS, Points

TAGS = ["site", "device"]
NAMES = st.sampled_from(["value", "time", "site", "n", "a b", "x,y", "\\", "", "ok"])
VALUES = (
    st.floats()
    | st.integers(-(2**70), 2**70)
    | st.booleans()
    | st.none()
    | st.text(max_size=3)
    | st.lists(st.integers(), max_size=1)
)
PAYLOADS = st.dictionaries(NAMES, VALUES, max_size=4) | VALUES
METAS = st.dictionaries(st.sampled_from(["site", "device", "else"]), st.sampled_from(["a", "b c", "", 1, True, None]))
TIMES = st.sampled_from([0, 1_767_225_600_123_456_789, 2**63, -5])
MESSAGES = st.lists(st.builds(Message, PAYLOADS, st.just("t"), TIMES, METAS, st.just(7)), max_size=12)


def _points(integers: Any = "float") -> Points:
    return Points(compile_template("m"), TAGS, precision="ms", integers=integers)


@given(st.lists(MESSAGES, min_size=2, max_size=3), st.sampled_from(["float", "int"]))
@example([[Message({"time": None}, "t"), Message({"time": 1}, "t")], []], "float")
@example([[Message({"": 1.5}, "t"), Message({"": "x"}, "t")], []], "int")
def test_what_was_learned_changes_no_line_and_no_reason(batches: list[list[Message]], integers: Any) -> None:
    learning = _points(integers)
    for batch in batches:
        each_alone = [_points(integers).lines([message]) for message in batch]
        lines, places, bad = learning.lines(batch)
        assert dict(zip(places, lines, strict=True)) == {n: one[0][0] for n, one in enumerate(each_alone) if one[0]}
        assert bad == {n: one[2][0] for n, one in enumerate(each_alone) if one[2]}


FIELDS = {
    "value": FieldSelector("payload.value"),
    "n": FieldSelector("n"),
    "site": FieldSelector("{site|none}"),
    "one": FieldSelector(1),
}


@given(MESSAGES, st.sampled_from(["m", "{device}", "{site|x}"]))
def test_a_message_in_a_batch_has_the_line_that_it_has_alone(batch: list[Message], measurement: str) -> None:
    def made() -> Points:
        return Points(compile_template(measurement), TAGS, FIELDS, FieldSelector("payload.at"))

    each_alone = [made().lines([message]) for message in batch]
    lines, places, bad = made().lines(batch)
    assert dict(zip(places, lines, strict=True)) == {n: one[0][0] for n, one in enumerate(each_alone) if one[0]}
    assert bad == {n: one[2][0] for n, one in enumerate(each_alone) if one[2]}


def _readings(n: int) -> list[Message]:
    tags = [{"site": "a", "device": f"d{k}"} for k in range(3)]
    return [
        Message({"value": k + 0.5, "n": k, "at": "now"}, "t", 1_767_225_600_123_000_000, tags[k % 3]) for k in range(n)
    ]


@pytest.mark.parametrize(
    "fields",
    [None, {"value": FieldSelector("payload.value"), "n": FieldSelector("n")}, {"value": FieldSelector("{value}")}],
)
@pytest.mark.parametrize("time", [None, "payload.n * 1000000 + time"])
@pytest.mark.parametrize("measurement", ["m", "{site}"])
def test_once_the_series_are_known_nothing_is_written_one_by_one(fields: Any, time: Any, measurement: str) -> None:
    expression = FieldSelector(time) if time else None
    points = Points(compile_template(measurement), TAGS, fields, expression, precision="ms")
    points.lines(_readings(3))
    before = points.slow
    lines, _, bad = points.lines(_readings(500))
    assert len(lines) == 500 and not bad
    assert points.slow == before


def test_payloads_of_several_shapes_keep_their_order() -> None:
    points = _points()
    payloads = [{"a": 1.5}, 2.5, {"a": 3.5, "b": 4}, {"a": None}, {"c": True}, {"a": 6.5}]
    batch = [Message(payload, "t", 1_000_000, {"site": "s", "device": "d"}) for payload in payloads]
    lines, places, bad = points.lines(batch)
    fields = ["a=1.5", "value=2.5", "a=3.5,b=4", "c=true", "a=6.5"]
    assert lines == [f"m,device=d,site=s {field} 1" for field in fields]
    assert list(places) == [0, 1, 2, 4, 5] and bad == {3: "no number in the payload"}


def test_a_tag_that_is_a_list_costs_its_own_row_alone() -> None:
    batch = [Message({"v": 1.0}, "t", 1_000_000, {"site": site, "device": "d"}) for site in ("a", ["b"], "c")]
    lines, places, bad = _points().lines(batch)
    assert [line[:17] for line in lines] == ["m,device=d,site=a", "m,device=d,site=c"] and list(places) == [0, 2]
    assert bad == {1: "cannot be written: a tag is a list or a map"}


def test_a_point_of_too_many_fields_is_refused_alone() -> None:
    many = Message({f"f{n}": n for n in range(MOST_FIELDS + 1)}, "t")
    lines, places, bad = _points().lines([Message({"a": 1}), many, Message({"a": 2})])
    assert (len(lines), places) == (2, [0, 2]) and bad == {1: f"more than {MOST_FIELDS} fields in one point"}
