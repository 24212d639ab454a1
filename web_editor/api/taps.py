"""`taps`: what this worker hears for a screen at another one. Asked by workers, served to nobody."""

from __future__ import annotations

import msgspec

from web_editor.monitor.taps_elsewhere import MOST_BYTES, Asked, Heard
from web_editor.routing import Call, Route


async def heard(call: Call) -> Heard:
    """Messages since it was asked last."""
    rows, dropped = call.services.given_taps.heard(call.body)
    messages: list[msgspec.Raw] = []
    room = MOST_BYTES
    for row in rows:
        encoded = call.services.encode(row)
        room -= len(encoded)
        if room < 0:
            dropped += 1
        else:
            messages.append(msgspec.Raw(encoded))
    return Heard(messages, dropped)


QUESTIONS = [Route("POST", "taps/heard", "operator", heard, Heard, Asked, owned=True)]
