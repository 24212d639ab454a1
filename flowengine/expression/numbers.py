"""The number functions of expressions: rounding, roots, limits, conversion, lists of numbers.

Pure, and bounded in cost and in the size of what they give. Wrong kinds raise TypeError in words for people.
"""

import math
from collections.abc import Sequence
from typing import Any

from flowengine.expression.values import NUMBERS, bounded, bounded_list, bounded_text, kind

MAX_DIGITS = 30
MAX_NUMBER_TEXT = 128


def absolute(x: Any) -> Any:
    """The distance from zero."""
    return abs(_number("abs", x))


def smallest(first: Any, *others: Any) -> Any:
    """The smallest argument, or the smallest item of one list."""
    return min(_several("min", first, others))


def largest(first: Any, *others: Any) -> Any:
    """The largest argument, or the largest item of one list."""
    return max(_several("max", first, others))


def rounded(x: Any, digits: Any = None) -> Any:
    """The nearest whole number, or the number to `digits` places; halves go to the even neighbour (IEEE 754)."""
    if type(x) is float and type(digits) is int and -MAX_DIGITS <= digits <= MAX_DIGITS:
        return round(x, digits)
    number = _number("round", x)
    if digits is None:
        return bounded(round(number))
    if type(digits) is not int or abs(digits) > MAX_DIGITS:
        raise ValueError(f"round takes a whole number of digits from -{MAX_DIGITS} to {MAX_DIGITS}")
    return round(number, digits)


def floor(x: Any) -> int:
    """The next whole number below."""
    return bounded(math.floor(_number("floor", x)))


def ceil(x: Any) -> int:
    """The next whole number above."""
    return bounded(math.ceil(_number("ceil", x)))


def square_root(x: Any) -> float:
    """The square root of a number that is not negative."""
    if _number("sqrt", x) < 0:
        raise ValueError("sqrt of a negative number")
    return math.sqrt(x)


def logarithm(x: Any, base: Any = math.e) -> float:
    """The natural logarithm, or the logarithm to `base`."""
    if type(x) is float and x > 0 and base is math.e:
        return math.log(x)
    if _number("log", x) <= 0 or _number("log", base) <= 0 or base == 1:
        raise ValueError("log takes numbers above 0, and a base other than 1")
    return math.log(x) if base == math.e else math.log(x, base)


def logarithm_10(x: Any) -> float:
    """The logarithm to base 10."""
    if _number("log10", x) <= 0:
        raise ValueError("log10 takes a number above 0")
    return math.log10(x)


def exponential(x: Any) -> float:
    """e to the power of x."""
    return math.exp(_number("exp", x))


def power(x: Any, y: Any) -> float:
    """x to the power of y as a float: bounded, unlike `**`."""
    try:
        return math.pow(_number("pow", x), _number("pow", y))
    except ValueError:
        raise ValueError("pow: no real number is the result") from None


def clamp(x: Any, low: Any, high: Any) -> Any:
    """x, or the limit it exceeds."""
    if type(x) is float and type(low) in NUMBERS and type(high) in NUMBERS:
        return max(low, min(high, x))
    return max(_number("clamp", low), min(_number("clamp", high), _number("clamp", x)))


def number(x: Any, *default: Any) -> Any:
    """The number that a text, a number or true/false stands for; the default, if given, when it stands for none."""
    try:
        return _as_number(x)
    except (TypeError, ValueError):
        if default:
            return default[0]
        raise


def whole(x: Any, base: Any = 10) -> int:
    """The whole number that a text in `base` (2 to 36) stands for, or a number without its fraction."""
    if not isinstance(x, str):
        return bounded(int(_number("int", x)))
    if type(base) is not int or not 2 <= base <= 36:
        raise ValueError("int takes a base from 2 to 36")
    if len(x) > MAX_NUMBER_TEXT or "_" in x:
        raise ValueError("int: this text is not a whole number")
    try:
        return bounded(int(x, base))
    except ValueError:
        raise ValueError(f"int: this text is not a whole number in base {base}") from None


def hexadecimal(x: Any) -> str:
    """A whole number, or bytes, as lower-case hexadecimal digits without a prefix."""
    if type(x) is bytes:
        return bounded_text(x.hex())
    if type(x) is not int:
        raise TypeError(f"hex works on whole numbers only, or bytes, not {kind(x)}")
    return format(bounded(x), "x")


def is_number(x: Any) -> bool:
    """Whether x is a finite number (true/false is not a number here)."""
    return type(x) is int or (type(x) is float and math.isfinite(x))


def total(items: Any) -> Any:
    """The sum of a list of numbers; 0 for an empty list."""
    result = sum(_number_list("sum", items))
    return result if isinstance(result, float) else bounded(result)


def mean(items: Any) -> float | None:
    """The arithmetic mean of a list of numbers; None for an empty list."""
    numbers = _number_list("mean", items)
    return math.fsum(numbers) / len(numbers) if numbers else None


def _as_number(x: Any) -> Any:
    if type(x) is float or type(x) is int:
        return x
    if isinstance(x, bool):
        return int(x)
    if not isinstance(x, str):
        return _converted(x)
    if len(x) > MAX_NUMBER_TEXT or "_" in x:
        raise ValueError("number: this text is not a number")
    try:
        return bounded(int(x))
    except ValueError:
        return _finite(x)


def _converted(x: Any) -> float:
    if isinstance(x, (list, tuple, dict, bytes)) or not hasattr(type(x), "__float__"):
        raise TypeError(f"number: {kind(x)} is not a number")
    return float(x)


def _finite(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("number: this text is not a number")
    return value


def _number(function: str, x: Any) -> Any:
    if type(x) not in NUMBERS:
        raise TypeError(f"{function} works on numbers only, not {kind(x)}")
    return bounded(x) if type(x) is int else x


def _number_list(function: str, x: Any) -> Sequence[Any]:
    items = bounded_list(function, x)
    if not set(map(type, items)) <= NUMBERS:
        stranger = next(item for item in items if type(item) not in NUMBERS)
        raise TypeError(f"{function} works on numbers only, not {kind(stranger)}")
    return items


def _several(function: str, first: Any, others: tuple[Any, ...]) -> Sequence[Any]:
    items = (first, *others) if others else bounded_list(function, first)
    if not items:
        raise ValueError(f"{function} of an empty list")
    types = set(map(type, items))
    if types != {str} and not types <= {int, float}:
        kinds = {kind(item) for item in items}
        raise TypeError(f"{function} compares numbers or texts, not {' with '.join(sorted(kinds))}")
    return items
