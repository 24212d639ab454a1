"""nodes/alarms/compared.py: the numbers that a condition compares a value with."""

import pytest

from flowengine import Message
from flowengine.store.rtdb import Point
from flowengine.testing import TestContext, make
from nodes.stateful.alert import Alert


def limits(options: str, payload: object = 1) -> list[tuple[str, float, bool]]:
    node = make(Alert, options, TestContext())
    node.process([Message(payload)], 0)
    return [(limit.name, limit.value, limit.above) for limit in node.limits("")]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("payload.value > 8", [("", 8, True)]),
        ("8 < payload.value", [("", 8, True)]),
        ("payload.value <= -1.5", [("", -1.5, False)]),
        ("payload > 4", [("", 4, True)]),
        ("payload.value > 8 or payload.value < 2", [("", 8, True), ("", 2, False)]),
        ("2 < payload.value < 8", [("", 2, True), ("", 8, False)]),
        ("not payload.value >= 8", [("", 8, False)]),
        ("payload.value > 0.9 * 50", [("", 45, True)]),
        ("payload.value > max(hot, 3) - 1", [("", 7, True)]),
        ("payload.value > hot", [("hot", 8, True)]),
        ("payload.other > 8", []),
        ("abs(payload.value) > 3", []),
        ("payload.value > payload.limit", []),
        ('payload.value == "open"', []),
        ("payload.on", []),
    ],
)
def test_limits_are_what_the_value_is_compared_with(condition: str, expected: list[tuple[str, float, bool]]) -> None:
    payload = {"value": 0, "limit": 1, "other": 0} if "payload." in condition else 0
    assert limits(f"{{limits: {{hot: {{key: l, default: 8}}}}, when: '{condition}'}}", payload=payload) == expected


def test_a_limit_that_people_change_is_the_one_of_now() -> None:
    context = TestContext()
    context.rtdb.put([("l", Point(5))])
    node = make(Alert, "{limits: {hot: l}, when: payload > hot}", context)
    node.process([Message(1)], 0)
    assert [limit.value for limit in node.limits("")] == [5]
    context.rtdb.put([("l", Point("soon"))])
    assert node.limits("") == []


def test_only_the_value_that_the_node_watches_has_limits() -> None:
    assert limits(
        "{value: payload.cpu, when: payload.cpu > 80 and payload.disk > 90}", payload={"cpu": 1, "disk": 1}
    ) == [("", 80, True)]


def test_a_figure_over_time_is_told_as_such_and_a_condition_on_more_is_not_alone() -> None:
    node = make(Alert, "{when: mean > 4}", TestContext())
    node.process([Message(1)], 0)
    assert [(limit.figure, limit.alone) for limit in node.limits("")] == [("mean", True)]
    for condition in ('meta.kind == "t" and payload > 4', "payload > 4 and time > 9"):
        node = make(Alert, f"{{when: '{condition}'}}", TestContext())
        node.process([Message(1)], 0)
        assert [(limit.figure, limit.alone) for limit in node.limits("")] == [("value", False)]


def test_an_alarm_that_was_never_heard_of_has_no_limits() -> None:
    assert make(Alert, "{when: payload > 4}", TestContext()).limits("c9") == ()
