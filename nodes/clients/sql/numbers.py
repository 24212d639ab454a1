"""Numbers made to fit columns, as `fit` does it for everything else."""

from __future__ import annotations

import math
from decimal import MAX_PREC, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any
from weakref import WeakKeyDictionary

from flowengine.counts import count_of
from nodes.clients.sql.fit import Fit
from nodes.values.shown import shown

BOUNDS: WeakKeyDictionary[Fit, tuple[int, int]] = WeakKeyDictionary()
"""Of each fit for whole numbers."""

LARGEST_REAL = 3.4028234663852886e38
LONGEST_NUMBER = 2_000
"""Characters of a decimal's text; longer ones take quadratic time."""

_EXACT = Context(prec=MAX_PREC, rounding=ROUND_HALF_UP)


def as_float(value: Any) -> float | None:
    """A float, NaN and infinities among them."""
    if type(value) is float or value is None:
        return value
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{shown(value)} is too large") from None
    if isinstance(value, Decimal):
        return float(value)
    raise ValueError(f"{shown(value)} is not a number")


def as_finite(value: Any) -> float | None:
    """A float that is a number."""
    found = as_float(value)
    if found is not None and found - found != 0.0:
        raise ValueError(f"{found} cannot be stored")
    return found


def as_real(value: Any) -> float | None:
    """A float of 32 bits."""
    found = as_float(value)
    if found is not None and found - found == 0.0 and abs(found) > LARGEST_REAL:
        raise ValueError(f"{found} is too large for a float of 32 bits")
    return found


def whole(lowest: int, highest: int) -> Fit:
    """A whole number within these bounds; floats without a fraction are such."""

    def fit(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int):
            raise ValueError(f"{shown(value)} is not a whole number")
        if not lowest <= value <= highest:
            raise ValueError(f"{shown(value)} is not between {lowest} and {highest}")
        return int(value)

    BOUNDS[fit] = (lowest, highest)
    return fit


def decimal(digits: int | None = None, after: int = 0) -> Fit:
    """A decimal number; with at most so many digits, so many of them after the point, to which it is rounded first.

    `after` below 0 rounds before the point, and may be more than `digits` (PostgreSQL, numeric types).
    """
    before = None if digits is None else digits - after

    def fit(value: Any) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise ValueError(f"{shown(value)} is not a number")
        try:
            if isinstance(value, int | str) and len(str(value)) > LONGEST_NUMBER:
                raise ValueError
            found = Decimal(str(value).strip())
        except (InvalidOperation, ValueError):
            raise ValueError(f"{shown(value)} is not a number") from None
        if before is not None and found.is_infinite():
            raise ValueError(f"{found} cannot be stored")
        if before is not None and found.is_finite() and _rounded(found, after, before).adjusted() >= before:
            at_most = (
                f"has more than {count_of(before, 'digit')} before the point"
                if before > 0
                else f"is not below 1e{before}"
            )
            raise ValueError(f"{shown(value)} {at_most}")
        return found

    return fit


def _rounded(found: Decimal, after: int, before: int) -> Decimal:
    if not found or found.adjusted() >= before:
        return found if found else Decimal((0, (1,), min(0, before) - 1))
    return found.quantize(Decimal((0, (1,), -after)), context=_EXACT)


def finite_decimal(value: Any) -> Decimal | None:
    """A decimal number that is one."""
    found: Decimal | None = decimal()(value)
    if found is not None and not found.is_finite():
        raise ValueError(f"{found} cannot be stored")
    return found


def in_64_bits(fit: Fit) -> Fit:
    """As `fit`, for a database that keeps a number only as a whole one of 64 bits or a finite float."""

    def bounded(value: Any) -> Any:
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise ValueError(f"{shown(value)} is beyond 64 bits")
        if isinstance(value, float | Decimal) and not math.isfinite(value):
            raise ValueError(f"{value} cannot be stored")
        return fit(value)

    return bounded


def as_bool(value: Any) -> bool | None:
    """True and false, 1 and 0."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError(f"{shown(value)} is neither true nor false")
