"""The short way for payloads that need no normalising. Never here: rules for anything that must change.

Most payloads are such, and `normalise_payload` takes twice as long to find that out (bench/RESULTS.md).
"""

from collections.abc import Callable
from typing import Any

from nodes.values.normalise import TAILS_NS, Rules, whole_seconds_ns


def usual_time(rules: Rules) -> Callable[[dict[str, Any]], int | None]:
    """A function to the time of a payload that stays as it is: finite floats and a time in UTC; None for any other."""
    paths, key, earliest_ns = tuple(rules.fields), rules.time[0] if rules.time else "", rules.earliest_ns
    if rules.ahead_ns is not None or rules.age_ns is not None or "boolean" in rules.fields.values():
        return lambda payload: None

    def usual_ns(payload: dict[str, Any]) -> int | None:
        for path in paths:
            value = payload.get(path)
            if type(value) is not float or value - value != 0.0:
                return None
        try:
            text = payload[key]
            at_ns = whole_seconds_ns(text[:19]) + TAILS_NS[text[19:]]  # type: ignore[operator]
        except (KeyError, TypeError):
            return None
        return at_ns if at_ns >= earliest_ns else None

    return usual_ns
