"""A value by name, template or expression; the time of a message is the same instant in whatever form it is wanted."""

import pytest

from flowengine.message import Message
from nodes.batches.field_selector import FieldSelector

AT_NS = 1_767_225_600_250_000_000
MESSAGE = Message({"t": "2026-01-01T01:00:00.25+01:00", "ms": AT_NS // 10**6, "n": 7}, "a/b", AT_NS, {"device": "d1"})


@pytest.mark.parametrize("text", ["time", "t", "payload.ms", "{payload.t}", "time + 0", "{time}"])
def test_a_time_may_be_said_in_any_way(text: str) -> None:
    assert FieldSelector(text).times_ns([MESSAGE]) == [AT_NS]


@pytest.mark.parametrize("text", ["n", "device", "payload.none", "payload.n > 3", "'noon'"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        FieldSelector(text).times_ns([MESSAGE])


def test_a_time_is_written_as_templates_write_it_and_all_else_as_it_is() -> None:
    written = [FieldSelector(text).written(MESSAGE) for text in ("time", "{time}", "payload.n", "device", "time + 0")]
    assert written == ["2026-01-01T00:00:00.250Z"] * 2 + [7, "d1", AT_NS / 10**9]
