"""Whole columns made to fit: what fits as it is costs no call for each value. Rules for single values are in `fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from nodes.clients.sql.fit import (
    EPOCH,
    LONGEST,
    Fit,
    as_bytes,
    as_finite_time,
    as_simple,
    as_time,
    as_time_text,
    of_times,
)  # fmt: skip
from nodes.clients.sql.numbers import BOUNDS, as_bool, as_float
from nodes.values.instants import BEYOND_NANOSECONDS, NANOSECONDS


def by_column(fit: Fit) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """As `fit`, for the values of a whole column; those that fit as they are cost no call each."""
    as_it_is = _AS_IT_IS.get(fit, frozenset())

    def fitted(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if kinds <= as_it_is or (kinds <= _INTEGERS and fit in BOUNDS and _within(values, *BOUNDS[fit])):
            return values
        if kinds <= _TEXTS and fit in LONGEST and _is_harmless(values, LONGEST[fit]):
            return values
        if kinds == {int} and fit in _OF_NANOSECONDS and _counts_nanoseconds(values):
            try:
                return _OF_NANOSECONDS[fit](values)
            except OverflowError:
                pass  # a time that no calendar has: told by the row that has it
        return [fit(value) for value in values]

    return fitted


def times_by_column(fit: Fit) -> Callable[[Sequence[int]], Sequence[Any]]:
    """As `by_column`, for points in time in nanoseconds (`of_times`)."""
    one, many = of_times(fit), _OF_NANOSECONDS.get(fit)

    def fitted(times_ns: Sequence[int]) -> Sequence[Any]:
        if many is not None:
            try:
                return many(times_ns)
            except OverflowError:
                pass  # as above
        return [one(time_ns) for time_ns in times_ns]

    return fitted


def _counts_nanoseconds(values: Sequence[int]) -> bool:
    return min(values) >= NANOSECONDS and max(values) < BEYOND_NANOSECONDS


def _within(values: Sequence[Any], lowest: int, highest: int) -> bool:
    numbers = [value for value in values if value is not None] if None in values else values
    return not numbers or (lowest <= min(numbers) and max(numbers) <= highest)


def _is_harmless(values: Sequence[Any], longest: int | None) -> bool:
    texts = [value for value in values if value is not None] if None in values else values
    together = "".join(texts)
    # Beyond ASCII there may be half of a pair: that is for the careful way.
    return (
        together.isascii() and "\0" not in together and (longest is None or max(map(len, texts), default=0) <= longest)
    )


@lru_cache(4_096)
def _second(seconds: int) -> str:
    """A whole second as text; the times of a batch share theirs."""
    return (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def _moments(times_ns: Sequence[int]) -> list[datetime]:
    return [EPOCH + timedelta(microseconds=time_ns // 1000) for time_ns in times_ns]


def _time_texts(times_ns: Sequence[int]) -> list[str]:
    parts = [divmod(time_ns // 1000, 1_000_000) for time_ns in times_ns]
    return [f"{_second(seconds)}.{micros:06d}Z" for seconds, micros in parts]


_NONE = type(None)
_INTEGERS: frozenset[type] = frozenset((int, _NONE))
_TEXTS: frozenset[type] = frozenset((str, _NONE))
_AS_IT_IS: dict[Fit, frozenset[type]] = {
    as_float: frozenset((float, _NONE)),
    as_bool: frozenset((bool, _NONE)),
    as_bytes: frozenset((bytes, _NONE)),
    as_simple: frozenset((int, float, bool, bytes, _NONE)),
}
"""Of which types a column takes every value as it is."""

_OF_NANOSECONDS: dict[Fit, Callable[[Sequence[int]], Sequence[Any]]] = {
    as_time: _moments,
    as_finite_time: _moments,
    as_time_text: _time_texts,
}
