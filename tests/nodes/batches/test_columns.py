"""nodes/batches/columns.py: what a message's value is where no option says it."""

from types import MappingProxyType
from typing import Any

import pytest

from flowengine import Message
from nodes.batches.columns import one_key, own_value, own_values


@pytest.mark.parametrize(
    ("payload", "value"),
    [({"value": 1, "unit": "V"}, 1), ({"value": None}, None), ({"v": 1}, {"v": 1}), (2.5, 2.5), ("value", "value"),
     ([1], [1]), (MappingProxyType({"value": 3}), 3)],
)  # fmt: skip
def test_a_value_is_the_payloads_own_or_all_of_it(payload: Any, value: Any) -> None:
    assert own_value(payload) == value
    assert own_values([Message(payload), Message({"value": 7})]) == [value, 7]


def test_without_a_key_all_belong_together() -> None:
    assert one_key([Message(1), Message(2)]) == ["", ""]
