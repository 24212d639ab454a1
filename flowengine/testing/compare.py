"""Whether messages are those a test expects, and readable words for where they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from flowengine.flow.cases import Expected, Loosely
from flowengine.message import Message
from flowengine.testing.times import parse_ns, shown_ns

Seen = Sequence[tuple[float, Message]]
SHOWN = 12
"""So many messages are printed when an expectation fails."""


def differences(wanted: list[Expected] | Loosely, seen: Seen) -> list[str]:
    """What is wrong, one line each; nothing when all is as expected."""
    lines = list(_exactly(wanted, seen) if isinstance(wanted, list) else _loosely(wanted, seen))
    if lines:
        lines.append(f"got {len(seen)} messages" + (":" if seen else ""))
        lines += [f"  at {at_s:.3f}s {_short(message)}" for at_s, message in seen[:SHOWN]]
        if len(seen) > SHOWN:
            lines.append(f"  … and {len(seen) - SHOWN} more")
    return lines


def _exactly(wanted: Sequence[Expected], seen: Seen) -> Iterator[str]:
    if len(wanted) != len(seen):
        yield f"expected {len(wanted)} messages, got {len(seen)}"
    for index, (expected, (at_s, message)) in enumerate(zip(wanted, seen, strict=False)):
        for fault in _faults(expected, at_s, message):
            yield f"message {index + 1}: {fault}"


def _loosely(wanted: Loosely, seen: Seen) -> Iterator[str]:
    if wanted.count is not None and wanted.count != len(seen):
        yield f"expected {wanted.count} messages, got {len(seen)}"
    for expected in wanted.contains:
        if not any(not list(_faults(expected, at_s, message)) for at_s, message in seen):
            yield f"none is like {expected.model_dump(exclude_defaults=True)}"
    for name, one, index in (("first", wanted.first, 0), ("last", wanted.last, -1)):
        if one is not None and not seen:
            yield f"there is no {name} message"
        elif one is not None:
            yield from (f"{name} message: {fault}" for fault in _faults(one, *seen[index]))


def _faults(expected: Expected, at_s: float, message: Message) -> Iterator[str]:
    if expected.at is not None and abs(at_s - expected.at) > expected.within:
        yield f"came at {at_s:.3f}s, expected {expected.at:.3f}s"
    if expected.topic is not None and expected.topic != message.topic:
        yield f"topic is {message.topic!r}, expected {expected.topic!r}"
    if "payload" in expected.model_fields_set:
        yield from unlike("payload", expected.payload, message.payload)
    if expected.time is not None:
        yield from _other_time(expected.time, message.time_ns)
    for key, value in expected.meta.items():
        yield from unlike(f"meta.{key}", value, message.meta.get(key))


def _other_time(wanted: str | float, time_ns: int) -> Iterator[str]:
    try:
        same = abs(parse_ns(wanted) - time_ns) < 1000
    except ValueError:
        yield f"{wanted} is no time"
        return
    if not same:
        yield f"its time is {shown_ns(time_ns)}, expected {wanted}"


def unlike(path: str, wanted: Any, got: Any) -> Iterator[str]:
    """Where `got` is not like `wanted`: maps may hold more, numbers agree to nine digits, types agree."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            if key not in got:
                yield f"{path}.{key} is missing, expected {value!r}"
            else:
                yield from unlike(f"{path}.{key}", value, got[key])
    elif isinstance(wanted, list) and isinstance(got, list | tuple):
        if len(wanted) != len(got):
            yield f"{path} has {len(got)} items, expected {len(wanted)}"
        for index, (one, other) in enumerate(zip(wanted, got, strict=False)):
            yield from unlike(f"{path}[{index}]", one, other)
    elif not _same(wanted, got):
        yield f"{path} is {got!r}, expected {wanted!r}"


def _same(wanted: Any, got: Any) -> bool:
    numbers = isinstance(wanted, int | float) and isinstance(got, int | float)
    if numbers and not isinstance(wanted, bool) and not isinstance(got, bool):
        return math.isclose(wanted, got, rel_tol=1e-9, abs_tol=1e-12)
    return type(wanted) is type(got) and bool(wanted == got)


def _short(message: Message) -> str:
    topic = f"{message.topic} " if message.topic else ""
    return f"{topic}{message.payload!r}"[:300]
