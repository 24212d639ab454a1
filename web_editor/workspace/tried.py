"""A script on one message, bounded as in the engine: what it would send, keep and note. Nothing leaves or stays."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from flowengine.expression.times import parse_time
from flowengine.message import Message
from flowengine.script import Script, States, Tools
from web_editor.jsons import plain

MOST_SHOWN = 20
"""Messages that are told; of the others how many."""

MOST_STATE_BYTES = 2**20
"""What `max_state` may say at most: the node's own bound is not known here."""


class ScriptMade(msgspec.Struct):
    """A message that leaves; topic and meta only where the script changed them."""

    port: str
    payload: Any
    topic: str | UnsetType = UNSET
    meta: dict[str, Any] | UnsetType = UNSET


class ScriptTried(msgspec.Struct):
    """What came of it: messages in their order, the state after it, notes; or why it was rejected."""

    rejected: str | None
    sent: list[ScriptMade]
    more: int
    state: dict[str, Any]
    notes: list[str]


def tried(script: Script, message: Message) -> ScriptTried:
    """What the script makes of the message, with no state from before."""
    notes: list[str] = []
    run = script.runner(Tools(lambda id, place: place, _nanoseconds, notes.append))
    try:
        out, sent, state = run(message, {})
        States(1, MOST_STATE_BYTES).put("", state)
    except ValueError as fault:
        return ScriptTried(str(fault), [], 0, {}, notes)
    made = [*sent, *([("out", out)] if out is not None else [])]
    shown = [_made(port, each, message) for port, each in made[:MOST_SHOWN]]
    return ScriptTried(None, shown, len(made) - len(shown), plain(dict(state)), notes)


def _made(port: str, made: Message, given: Message) -> ScriptMade:
    topic = UNSET if made.topic == given.topic else made.topic
    meta = UNSET if made.meta == given.meta else plain(dict(made.meta))
    return ScriptMade(port, plain(made.payload), topic, meta)


def _nanoseconds(value: Any) -> int:
    """Refuses what is no time; which one it is nobody is shown."""
    if isinstance(value, str):
        value = parse_time(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1e8 <= value < 2**63:
        raise ValueError("time is neither RFC 3339 nor an epoch number")
    return 0
