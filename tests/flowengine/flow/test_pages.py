"""What pressing sends: a number of any length is a refusal in words, never a fault of the engine."""

from typing import Any

import pytest

from flowengine.flow.pages import Pressable, PressRefused, payload_of, read_widget

SETPOINT = {"type": "setpoint", "key": "k", "title": "x", "to": "k", "point": "p", "min": 0, "max": 5}
FORM = {
    "type": "form",
    "title": "x",
    "to": "k",
    "fields": {"v": {"type": "number", "minimum": 0, "maximum": 9}},
}


@pytest.mark.parametrize(("widget", "of"), [(SETPOINT, lambda v: v), (FORM, lambda v: {"v": v})])
@pytest.mark.parametrize("digits", [400, 5_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_beyond_every_bound_is_refused(widget: dict[str, Any], of: Any, digits: int, sign: int) -> None:
    read = read_widget(widget)
    assert isinstance(read, Pressable)
    with pytest.raises(PressRefused):
        payload_of(read, of(sign * 10**digits))
