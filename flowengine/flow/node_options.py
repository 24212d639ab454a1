"""Reads what every node may have beside its own options: queue, spool, dedupe and guarantee."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, get_args

from flowengine.config import Policy, seconds, size_bytes
from flowengine.flow.model import Dedupe, Durable, Queue
from flowengine.flow.problem import nearest
from flowengine.flow.variables import Path

_POLICIES = get_args(Policy)


class Reader(Protocol):
    """What reads the file around these options."""

    def report(self, path: Path, message: str, hint: str = "", key: bool = False) -> None:
        """Note a fault at a place of the document."""

    def mapping(self, value: Any, path: Path) -> dict[str, Any]:
        """`value` if it is a map (or nothing), else an empty one and a problem."""


def read_queue(raw: Any, path: Path, reader: Reader) -> Queue | None:
    """The queue in memory before a node; a bare number is its count."""
    if raw is None:
        return None
    given = {"count": raw} if isinstance(raw, int) else reader.mapping(raw, path)
    _only(reader, given, ("count", "bytes", "when_full"), path)
    count = given.get("count", Queue.__dataclass_fields__["count"].default)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        reader.report((*path, "count"), "count is a whole number of at least 1")
        count = 1
    return Queue(count, _size(reader, given, "bytes", path, 64 * 2**20), _policy(reader, given, path))


def read_durable(raw: Any, path: Path, reader: Reader) -> Durable | None:
    """The spool before a node; `true` takes the defaults."""
    if raw is None or raw is False:
        return None
    given = {} if raw is True else reader.mapping(raw, path)
    _only(reader, given, ("max", "when_full", "live_first", "rate", "slower", "keep"), path)
    size, policy = _size(reader, given, "max", path, 2**30), _policy(reader, given, path)
    pace = _positive(reader, given, "rate", path), _slower(reader, given, path), _span_s(reader, given, "keep", path)
    return Durable(size, policy, given.get("live_first") is True, *pace)


def read_dedupe(raw: Any, path: Path, reader: Reader) -> Dedupe | None:
    """Which messages are taken for repetitions."""
    if raw is None:
        return None
    given = reader.mapping(raw, path)
    _only(reader, given, ("key", "window"), path)
    try:
        return Dedupe(given.get("key", "{id}"), seconds(given.get("window", "10m")))
    except ValueError as fault:
        reader.report((*path, "window"), str(fault))
        return None


def read_guarantee(raw: Any, path: Path, reader: Reader) -> Any:
    """What the flow insists on; empty for nothing."""
    if raw not in (None, "at_least_once"):
        hint = nearest(str(raw), ("at_least_once",)) or ""
        reader.report(path, "guarantee is at_least_once, or left out", hint)
        return ""
    return raw or ""


def _size(reader: Reader, given: Mapping[str, Any], key: str, path: Path, default: int) -> int:
    try:
        return size_bytes(given[key]) if key in given else default
    except ValueError as fault:
        reader.report((*path, key), str(fault))
        return default


def _positive(reader: Reader, given: Mapping[str, Any], key: str, path: Path) -> float:
    value = given.get(key, 0)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    reader.report((*path, key), f"{key} is a number of messages per second")
    return 0.0


def _slower(reader: Reader, given: Mapping[str, Any], path: Path) -> Mapping[int, float]:
    try:
        found = {int(above): float(by) for above, by in reader.mapping(given.get("slower"), (*path, "slower")).items()}
    except (TypeError, ValueError):
        found = {0: 0.0}
    if all(above >= 0 and by >= 1 for above, by in found.items()):
        return found
    reader.report((*path, "slower"), "slower divides the rate by how many wait, as {'10000': 2, '100000': 5}")
    return {}


def _span_s(reader: Reader, given: Mapping[str, Any], key: str, path: Path) -> float:
    try:
        return seconds(given.get(key, 0))
    except ValueError as fault:
        reader.report((*path, key), str(fault))
        return 0.0


def _policy(reader: Reader, given: Mapping[str, Any], path: Path) -> Any:
    policy = given.get("when_full", "block")
    if policy not in _POLICIES:
        hint = nearest(str(policy), _POLICIES) or ""
        reader.report((*path, "when_full"), f"when_full is one of {', '.join(_POLICIES)}", hint)
        return "block"
    return policy


def _only(reader: Reader, given: Mapping[str, Any], allowed: tuple[str, ...], path: Path) -> None:
    for key in given:
        if key not in allowed:
            reader.report((*path, key), f"unknown option {key!r} of {path[-1]}", nearest(key, allowed) or "", key=True)
