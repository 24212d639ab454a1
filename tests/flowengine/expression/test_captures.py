"""Names that a source captures, bare in expressions."""

import pickle

import pytest

from flowengine.expression import ExpressionError, compile_expression, declaring
from flowengine.message import Message

MESSAGE = Message({"v": 9}, meta={"device": "c1", "id": "pump7"}, id=4)


def test_a_captured_name_may_stand_bare() -> None:
    expression = compile_expression('device == "c1" and payload.v > 8', captures=("device",))
    assert expression(MESSAGE) is True
    assert expression.evaluate_names({}, MESSAGE) is True
    assert expression.keep([MESSAGE, Message({"v": 9})]) == [MESSAGE]


def test_a_capture_called_id_is_the_capture() -> None:
    assert compile_expression("id", captures=("id",))(MESSAGE) == "pump7"
    assert compile_expression("message.id", captures=("id", "message"))(MESSAGE) == 4


def test_what_nobody_declares_stays_an_error() -> None:
    with pytest.raises(ExpressionError, match="did you mean 'payload'"):
        compile_expression("paylod.v > 8", captures=("device",))


@pytest.mark.parametrize(
    ("name", "words"), [("id", "message.id is"), ("time_ns", "in seconds"), ("message", "message.arrived are")]
)
def test_former_names_say_how_to_write_them(name: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        compile_expression(f"{name} == 1")


def test_names_are_declared_while_a_flow_is_checked_and_not_longer() -> None:
    with declaring(["device"]):
        expression = compile_expression("device")
    assert pickle.loads(pickle.dumps(expression))(MESSAGE) == "c1"
    with pytest.raises(ExpressionError):
        compile_expression("device")
