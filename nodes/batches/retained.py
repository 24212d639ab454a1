"""Messages that a broker had kept from before and that say how it was, nobody knows when. Pure."""

from flowengine import Message, Messages

FRESH_S = 60.0
"""A kept message is as good as a live one while its own time is no older."""


def is_retained(message: Message, fresh_s: float = FRESH_S) -> bool:
    """Whether a broker had kept it and it has no fresh time of its own: it is no sign of life."""
    if "retained" not in message.meta:
        return False
    return not message.has_own_time or message.arrived_ns - message.time_ns > fresh_s * 1e9


def live_and_retained(messages: Messages, fresh_s: float = FRESH_S) -> tuple[Messages, Messages]:
    """The live ones and the kept ones, each in their order."""
    if not any("retained" in m.meta for m in messages):
        return messages, ()
    kept = [is_retained(m, fresh_s) for m in messages]
    pairs = list(zip(messages, kept, strict=True))
    return [m for m, is_it in pairs if not is_it], [m for m, is_it in pairs if is_it]
