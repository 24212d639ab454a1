"""What OPC UA says of a value, as messages have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua

from nodes.clients.opcua.values import BAD, GOOD, reading

KINDS = ua.VariantType


def of(value: Any, kind: ua.VariantType) -> Any:
    return reading(ua.DataValue(ua.Variant(value, kind)))


@pytest.mark.parametrize(
    ("value", "kind", "carried"),
    [
        (ua.Float(21.700000762939453), KINDS.Float, 21.7),
        ([21.700000762939453, 0.10000000149011612], KINDS.Float, [21.7, 0.1]),
        (21.700000762939453, KINDS.Double, 21.700000762939453),
        ([[1, 2], [3, 4]], KINDS.Int32, [[1, 2], [3, 4]]),
        (2**64 - 1, KINDS.UInt64, 2**64 - 1),
        (ua.LocalizedText("Halle 2", "de"), KINDS.LocalizedText, "Halle 2"),
        (datetime(1601, 1, 1, tzinfo=UTC).replace(tzinfo=None), KINDS.DateTime, "1601-01-01T00:00:00Z"),
        (ua.NodeId("Line1", 2), KINDS.NodeId, "ns=2;s=Line1"),
        (ua.StatusCode(ua.UInt32(ua.StatusCodes.BadTimeout)), KINDS.StatusCode, "BadTimeout"),
        (ua.Range(0.5, 9.5), KINDS.ExtensionObject, {"Low": 0.5, "High": 9.5}),
    ],
)
def test_a_value_is_carried_as_messages_have_it(value: Any, kind: ua.VariantType, carried: Any) -> None:
    found = of(value, kind)
    assert (found.quality, found.value) == (GOOD, carried)


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (float("nan"), KINDS.Double, "not a number"),
        ([1.0, float("inf")], KINDS.Double, "not a number"),
        (ua.Range(0.0, float("nan")), KINDS.ExtensionObject, "not a number"),
        (ua.ExtensionObject(ua.NodeId(5, 2), b"abc"), KINDS.ExtensionObject, "cannot be carried"),
        (None, KINDS.String, "no value"),
    ],
)
def test_what_messages_cannot_carry_is_bad_with_the_reason(value: Any, kind: ua.VariantType, reason: str) -> None:
    found = of(value, kind)
    assert found.quality == BAD and found.value is None and reason in found.reason
