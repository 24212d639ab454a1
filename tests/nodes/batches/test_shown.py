"""Each text of a message as it is to be shown."""

from flowengine import Message
from nodes.batches.shown import shown


def test_every_text_is_changed_and_the_message_itself_is_not() -> None:
    message = Message({"a": ["x", 1, {"b": "y"}], "n": None}, "t", meta={"m": "z"})
    told = shown(message, str.upper)
    assert (told.payload, told.topic, told.meta) == ({"a": ["X", 1, {"b": "Y"}], "n": None}, "T", {"m": "Z"})
    assert message.payload == {"a": ["x", 1, {"b": "y"}], "n": None}
