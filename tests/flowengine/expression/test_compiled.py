"""What expressions mean: values of messages, batches and plain names, and the words of errors."""

import copy
import pickle
from typing import Any

import pytest

from flowengine.expression import Expression, ExpressionError, compile_expression
from flowengine.expression.rewrite import names_of
from flowengine.message import Message

READING = Message(
    payload={"value": 8.5, "unit": "C", "list": [1, 2, 3], "a": {"b": {"c": 7}}, "on": True, "none": None},
    topic="lab/c1/telemetry/temp",
    time_ns=1_700_000_000_500_000_000,
    meta={"device": "c1", "qos": 1},
    arrived_ns=1_700_000_001_000_000_000,
    id=42,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("payload.value > 8", True),
        ("payload['value'] * 2", 17.0),
        ("payload.a.b.c", 7),
        ("payload.list[0] + payload.list[-1]", 4),
        ("payload.list[1:]", [2, 3]),
        ("payload.unit[:1] == 'C'", True),
        ("meta.device", "c1"),
        ("topic", "lab/c1/telemetry/temp"),
        ("time", 1_700_000_000.5),
        ("message.arrived - time", 0.5),
        ("message.id", 42),
        ("8 < payload.value <= 8.5", True),
        ("'temp' in topic and 2 in payload.list", True),
        ("3 not in payload.list", False),
        ("payload.value if payload.on else -1", 8.5),
        ("payload.x is None", True),
        ("payload.none is null", True),
        ("payload.x.y.z is None", True),
        ("payload.list[9] is None", True),
        ("payload.value.deeper is None", True),
        ("payload.x or 0", 0),
        ("payload.x.y or 'none'", "none"),
        ("payload.on is true", True),
        ("not payload.x", True),
        ("{'v': payload.value, 't': [topic]}", {"v": 8.5, "t": ["lab/c1/telemetry/temp"]}),
        ("(1, 2)", [1, 2]),
        ("{'C': 1, 'F': 2}[payload.unit]", 1),
        ("payload.a['b'].c", 7),
        ("payload.value // 3 + payload.list[2] % 2", 3.0),
        ("'é' + payload.unit", "éC"),
        ("payload.value > 8\n  and payload.on", True),
    ],
)
def test_an_expression_gives_its_value_alone_in_a_batch_and_from_names(text: str, value: Any) -> None:
    expression = compile_expression(text)
    names = dict(names_of(READING))
    assert expression(READING) == value
    assert expression.each([READING, READING]) == [value, value]
    assert expression.evaluate_names({**names, "time": READING.time_ns / 1e9}) == value


def test_a_condition_keeps_or_drops_messages() -> None:
    messages = [Message(payload={"value": value}) for value in (1, 9, 0, 20)]
    hot = compile_expression("payload.value > 8")
    assert [m.payload["value"] for m in hot.keep(messages)] == [9, 20]
    assert [m.payload["value"] for m in hot.keep(messages, invert=True)] == [1, 0]


def test_payloads_of_other_shapes_are_judged_in_the_same_batch() -> None:
    messages = [Message(payload=p) for p in ({"value": 9}, 20, [9], "value", None, {}, {"value": None})]
    absent = compile_expression("payload.value is None")
    assert absent.each(messages) == [False, True, True, True, True, True, True]
    assert absent.keep(messages) == messages[1:]
    assert absent.keep(messages, invert=True) == messages[:1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("payload.temp > 8", "payload.temp is missing (payload has value, unit, list, a, on, none)"),
        ("payload.none > 8", "payload.none is null"),
        ("payload.a.x.y - 1", "payload.a.x.y is missing (payload.a.x is nothing)"),
        ("payload.value > 0 and payload.list.x < 3", "payload.list.x is missing (payload.list is a list)"),
        ("abs(payload.temp)", "payload.temp is missing"),
        ("payload.unit < 3", "'<' does not work between text and number"),
        ("payload.unit * 3", "* works on numbers only, not between a text and a number"),
        ("1 / (payload.value - 8.5)", "division by zero"),
        ("payload.list[payload.unit == 'C']", "a position in a list must be a whole number, not true/false"),
        ("payload[payload.list]", "cannot be a key"),
    ],
)
def test_a_failed_evaluation_names_what_was_wrong(text: str, reason: str) -> None:
    expression = compile_expression(text)
    for evaluate in (expression, lambda m: expression.each([m]), lambda m: expression.keep([m])):
        with pytest.raises(ExpressionError) as caught:
            evaluate(READING)
        assert reason in str(caught.value)
        assert str(caught.value).startswith(text)


def test_only_the_part_that_failed_is_blamed() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("payload.x is None and payload.temp > 8")(READING)
    assert caught.value.missing == ("payload.temp",)
    assert caught.value.column == 23


def test_errors_show_no_values() -> None:
    message = Message(payload={"secret": "hunter2"})
    with pytest.raises(ExpressionError) as caught:
        compile_expression("number(payload.secret) > int(payload.secret)")(message)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_names_of_the_caller_are_given_with_each_evaluation() -> None:
    late = compile_expression("now_s - time > 5", names=("time", "now_s"))
    assert late.evaluate_names({"now_s": 10, "time": 1}) is True
    assert late.evaluate_names({"now_s": READING.time_ns / 1e9}, READING) is False
    for evaluate in (lambda: late(READING), lambda: late.evaluate_names({"time": 1})):
        with pytest.raises(ExpressionError, match="the name 'now_s' was not given"):
            evaluate()
    with pytest.raises(ExpressionError, match="unknown name 'topic'"):
        compile_expression("topic", names=("time",))


def test_an_expression_knows_what_it_reads() -> None:
    assert compile_expression("payload.x > meta.y").used_names == {"payload", "meta"}
    assert compile_expression("1 + 2").constant
    assert not compile_expression("topic").constant


def test_equal_text_makes_equal_expressions_that_survive_copies() -> None:
    expression = compile_expression(" payload.value > 8 ")
    for twin in (copy.deepcopy(expression), pickle.loads(pickle.dumps(expression)), Expression("payload.value > 8")):
        assert twin == expression
        assert hash(twin) == hash(expression)
        assert twin(READING) is True
    assert expression != compile_expression("payload.value > 9")


def test_a_batch_that_fails_can_be_judged_message_by_message() -> None:
    expression = compile_expression("payload.value > 8")
    messages = [READING, Message(payload={"v": 1}), READING]
    with pytest.raises(ExpressionError, match=r"payload\.value is missing"):
        expression.each(messages)
    outcomes = []
    for message in messages:
        try:
            outcomes.append(expression(message))
        except ExpressionError as error:
            outcomes.append(error.missing)
    assert outcomes == [True, ("payload.value",), True]


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_time_that_seconds_hold_exactly_is_that_number(quarter: int) -> None:
    at_ns = 1_785_196_800_000_000_000 + quarter * 250_000_000
    message = Message(None, time_ns=at_ns, arrived_ns=at_ns)
    wanted = 1_785_196_800 + quarter / 4
    assert [compile_expression(text)(message) for text in ("time", "message.arrived")] == [wanted, wanted]
    assert compile_expression("[time, message.arrived]").evaluate_names(names_of(message)) == [wanted, wanted]
