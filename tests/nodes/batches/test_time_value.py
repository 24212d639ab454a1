"""A point in time among the values of a query."""

from flowengine.message import Message
from nodes.batches.field_selector import FieldSelector
from nodes.batches.time_value import TimeValue, with_times


def test_the_time_of_a_message_is_a_point_in_time_without_being_called_one() -> None:
    given = {name: FieldSelector(name) for name in ("time", "message.arrived", "device")}
    values = with_times(given)
    assert {name for name, value in values.items() if isinstance(value, TimeValue)} == {"time", "message.arrived"}
    assert values["time"](Message(1, time_ns=10**9)) == 10**9
