"""Usual lines are exactly the lines of the encoder, for usual and unusual messages alike."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowengine.expression import compile_template
from flowengine.message import Message
from nodes.clients.influxdb.fast_path import MOST_SERIES, UsualLines
from nodes.clients.influxdb.points import Points
from nodes.codecs.line_protocol.encode import LineEncoder

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
def test_what_was_learned_changes_no_line_and_no_reason(batches: list[list[Message]], integers: Any) -> None:
    learning = _points(integers)
    for batch in batches:
        each_alone = [_points(integers).lines([message]) for message in batch]
        lines, places, bad = learning.lines(batch)
        assert dict(zip(places, lines, strict=True)) == {n: one[0][0] for n, one in enumerate(each_alone) if one[0]}
        assert bad == {n: one[2][0] for n, one in enumerate(each_alone) if one[2]}


def test_a_known_series_and_shape_needs_no_encoder() -> None:
    usual, encoder = UsualLines(TAGS, 1_000_000, "float"), LineEncoder("m", TAGS, precision="ms", integers="float")
    tags = {"site": "a", "device": "b"}
    message = Message({"value": 21.5, "n": 3, "time": "now"}, "t", 1_767_225_600_123_000_000, tags)
    assert usual.lines([message]) == [None]
    usual.learn(message, encoder)
    assert usual.lines([message]) == ["m,device=b,site=a n=3,value=21.5 1767225600123"]


def test_the_series_remembered_are_bounded() -> None:
    usual, encoder = UsualLines(["device"], 1, "float"), LineEncoder("m", ["device"])
    for n in range(MOST_SERIES + 5):
        usual.learn(Message({"v": 1.0}, "t", 1, {"device": str(n)}), encoder)
    assert len(usual._prefixes) == 5
