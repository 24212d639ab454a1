"""Whether messages are those a test expects, and readable words for where they differ."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flowengine.counts import count_of
from flowengine.flow.cases import Expected, Loosely
from flowengine.message import Message
from flowengine.testing.times import parse_ns, shown_ns


class Arrival(NamedTuple):
    """A message at a place of the flow: when (virtual seconds), and what a sink would send for it."""

    at_s: float
    message: Message
    sent: Mapping[str, Any] = {}


Seen = Sequence[Arrival]
SHOWN = 12
"""So many messages are printed when an expectation fails."""


def differences(wanted: list[Expected] | Loosely, seen: Seen) -> list[str]:
    """What is wrong, one line each; nothing when all is as expected."""
    lines = list(_exactly(wanted, seen) if isinstance(wanted, list) else _loosely(wanted, seen))
    if lines:
        lines.append(f"got {count_of(len(seen), 'message')}" + (":" if seen else ""))
        lines += [f"  at {arrival.at_s:.3f}s {_short(arrival)}" for arrival in seen[:SHOWN]]
        if len(seen) > SHOWN:
            lines.append(f"  … and {len(seen) - SHOWN} more")
    return lines


def _exactly(wanted: Sequence[Expected], seen: Seen) -> Iterator[str]:
    if len(wanted) != len(seen):
        yield f"expected {count_of(len(wanted), 'message')}, got {len(seen)}"
    for index, (expected, arrival) in enumerate(zip(wanted, seen, strict=False)):
        for fault in _faults(expected, arrival):
            yield f"message {index + 1}: {fault}"


def _loosely(wanted: Loosely, seen: Seen) -> Iterator[str]:
    if wanted.count is not None and wanted.count != len(seen):
        yield f"expected {count_of(wanted.count, 'message')}, got {len(seen)}"
    for expected in wanted.contains:
        if not any(not list(_faults(expected, arrival)) for arrival in seen):
            yield f"none is like {expected.model_dump(exclude_defaults=True)}"
    for name, one, index in (("first", wanted.first, 0), ("last", wanted.last, -1)):
        if one is not None and not seen:
            yield f"there is no {name} message"
        elif one is not None:
            yield from (f"{name} message: {fault}" for fault in _faults(one, seen[index]))


def _faults(expected: Expected, arrival: Arrival) -> Iterator[str]:
    at_s, message, sent = arrival
    if expected.at is not None and abs(at_s - expected.at) > expected.within:
        yield f"came at {at_s:.3f}s, expected {expected.at:.3f}s"
    if expected.topic is not None and expected.topic != message.topic:
        yield f"topic is {message.topic!r}, expected {expected.topic!r}"
    if "payload" in expected.model_fields_set:
        yield from unlike("payload", expected.payload, message.payload, expected.tolerance)
    if expected.time is not None:
        yield from _other_time(expected.time, message.time_ns)
    for key, value in expected.meta.items():
        yield from unlike(f"meta.{key}", value, message.meta.get(key), expected.tolerance)
    for key, value in expected.sent.items():
        if key in sent:
            yield from unlike(f"sent.{key}", value, _comparable(value, sent[key]), expected.tolerance)
        else:
            there = ", ".join(sent) or "nothing of that kind"
            yield f"sent.{key} is missing: this node sends {there}"


def _other_time(wanted: str | float, time_ns: int) -> Iterator[str]:
    try:
        same = abs(parse_ns(wanted) - time_ns) < 1000
    except ValueError:
        yield f"{wanted} is no time"
        return
    if not same:
        yield f"its time is {shown_ns(time_ns)}, expected {wanted}"


def unlike(path: str, wanted: Any, got: Any, tolerance: float | None = None) -> Iterator[str]:
    """Where `got` is not like `wanted`: maps may hold more, types agree, whole numbers are equal.

    Other numbers agree to nine digits, or are at most `tolerance` apart.
    """
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            if key not in got:
                yield f"{path}.{key} is missing, expected {value!r}"
            else:
                yield from unlike(f"{path}.{key}", value, got[key], tolerance)
    elif isinstance(wanted, list) and isinstance(got, list | tuple):
        if len(wanted) != len(got):
            yield f"{path} has {count_of(len(got), 'item')}, expected {len(wanted)}"
        for index, (one, other) in enumerate(zip(wanted, got, strict=False)):
            yield from unlike(f"{path}[{index}]", one, other, tolerance)
    elif not _same(wanted, got, tolerance):
        yield f"{path} is {got!r}, expected {wanted!r}"


def _same(wanted: Any, got: Any, tolerance: float | None) -> bool:
    kinds = {type(wanted), type(got)}
    if kinds <= {int, float} and (kinds != {int} or tolerance is not None):
        if tolerance is not None:
            return bool(abs(wanted - got) <= tolerance)
        return math.isclose(wanted, got, rel_tol=1e-9, abs_tol=1e-12)
    return type(wanted) is type(got) and bool(wanted == got)


def _comparable(wanted: Any, got: Any) -> Any:
    """Bytes as the text that they are, and either as JSON where a test expects a map or list."""
    if isinstance(got, bytes) and isinstance(wanted, str):
        return got.decode(errors="replace")
    if not isinstance(wanted, dict | list) or not isinstance(got, str | bytes):
        return got
    try:
        return json.loads(got)
    except ValueError:
        return got


def _short(arrival: Arrival) -> str:
    message = arrival.message
    topic = f"{message.topic} " if message.topic else ""
    return f"{topic}{message.payload!r}"[:300]
