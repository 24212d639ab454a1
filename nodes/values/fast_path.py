"""The short way for payloads that need no normalising, a column at a time. Never here: rules for what must change.

Most payloads are such, and `normalise_payload` takes several times as long to find that out (bench/RESULTS.md).
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from nodes.values.normalise import LARGEST, TAILS_NS, Rules, whole_seconds_ns

Times = Sequence[int]
_MAPS, _FLOATS, _NUMBERS = frozenset((dict,)), frozenset((float,)), frozenset((float, int))


def usual_times(rules: Rules) -> Callable[[Sequence[Any]], Times | None]:
    """A function from payloads to their times; None where one of them must change or is unusual.

    A usual payload is a map with a finite number in every field, and either no time (0) or one in UTC with at most
    milliseconds. All must have one or none.
    """
    paths, earliest_ns = tuple(rules.fields), rules.earliest_ns
    kinds = set(rules.fields.values())
    if rules.ahead_ns is not None or rules.age_ns is not None or "boolean" in kinds or len(rules.time) > 1:
        return lambda payloads: None
    usual_kinds = _FLOATS if "either" in kinds else _NUMBERS

    def times_of(payloads: Sequence[Any]) -> Times | None:
        if set(map(type, payloads)) != _MAPS:
            return None
        try:
            for path in paths:
                values = [payload[path] for payload in payloads]
                found = set(map(type, values))
                if not found <= usual_kinds or not isfinite(sum(values)):
                    return None
                if int in found and (max(values) > LARGEST or min(values) < -LARGEST):
                    return None
            return _times(payloads)
        except (KeyError, TypeError, OverflowError):
            return None

    def _times(payloads: Sequence[Any]) -> Times | None:
        for key in rules.time:
            if key in payloads[0]:
                texts = [payload[key] for payload in payloads]
                times = [whole_seconds_ns(text[:19]) + TAILS_NS[text[19:]] for text in texts]  # type: ignore[operator]
                return times if min(times) >= earliest_ns else None
            if any(key in payload for payload in payloads):
                return None
        return [0] * len(payloads)

    return times_of
