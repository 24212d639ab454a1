"""What the compiled script calls: operators, functions and changes of maps that charge their work before they do it.

Each takes and gives plain values and raises TypeError or ValueError with words for people. Made once for each runner,
around its budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from flowengine.counts import count_of
from flowengine.expression import values
from flowengine.expression.functions import FUNCTIONS
from flowengine.expression.texts import text
from flowengine.expression.values import MAX_ITEMS, MAX_TEXT, NUMBERS, bounded, bounded_text, kind, look_up
from flowengine.script.budget import MAX_DEPTH, TEXT_SHIFT, Budget

CHEAP = frozenset({
    "abs", "ceil", "clamp", "coalesce", "exp", "floor", "int", "is_number", "is_text", "len", "log", "log10",
    "number", "pow", "round", "sqrt",
})  # fmt: skip
"""Functions whose cost and result do not grow with what they are given. All others are charged."""

ITEM_UNITS = {"join": 6, "crc": 2, "xor": 2}
"""What functions do for each item of a list, beside looking at it."""

PATTERN_UNITS = 80
MAX_LOOP = 1_000_000


def operations(budget: Budget) -> dict[str, Any]:
    """Everything by the name that the compiled script calls."""
    found: dict[str, Any] = {
        f"f_{name}": function if name in CHEAP else charged(function, budget, ITEM_UNITS.get(name, 0))
        for name, function in FUNCTIONS.items()
    }
    known = {
        **_arithmetic(budget), **_texts(budget), **_loops(budget), **_changes(budget),
        "_look_up": look_up, "_weighed": budget.weigh, "_searched": budget.searched, "_key": _key, "_several": _several,
        "_topic": _topic, "_meta": _meta, "_dict": dict, "_b": budget, "__builtins__": {},
    }  # fmt: skip
    return found | known


def charged(function: Callable[..., Any], budget: Budget, item_units: int = 0) -> Callable[..., Any]:
    """The same function; what it is given and what it gives are paid for."""
    weigh = budget.weigh

    def call(*arguments: Any) -> Any:
        for argument in arguments:
            weigh(argument)
        if item_units and isinstance(arguments[0], (list, tuple, bytes, str)):
            budget.charge(item_units * len(arguments[0]))
        return weigh(function(*arguments))

    return call


def charged_pattern(search: Callable[[Any], Any], budget: Budget, size: int) -> Callable[[Any], Any]:
    """The same search of a pattern of `size` places; linear in the text, and in the pattern at worst."""
    price = PATTERN_UNITS + size

    def call(subject: Any) -> Any:
        length = len(subject) if isinstance(subject, str) else 0
        budget.charge(price + (length * (8 + size) >> TEXT_SHIFT))
        return search(subject)

    return call


def _arithmetic(budget: Budget) -> dict[str, Any]:
    def add(a: Any, b: Any) -> Any:
        if a.__class__ not in NUMBERS:
            budget.weigh(a)
            budget.weigh(b)
        return values.add(a, b)

    def subtract(a: Any, b: Any) -> Any:
        difference = a - b
        if difference.__class__ is int:
            return bounded(difference)
        if difference.__class__ is float:
            return difference
        raise TypeError(f"- works on numbers only, not between {kind(a)} and {kind(b)}")

    def cut(sequence: Any, first: Any, last: Any, step: Any) -> Any:
        if isinstance(sequence, (list, tuple, str, bytes)):
            part = len(range(*slice(first, last, step).indices(len(sequence))))
            budget.charge(1 + (part >> (TEXT_SHIFT if isinstance(sequence, (str, bytes)) else 1)))
        return values.cut(sequence, first, last, step)

    return {
        "_add": add, "_subtract": subtract, "_multiply": values.multiply, "_floor_divide": values.floor_divide,
        "_remainder": values.remainder, "_cut": cut,
    }  # fmt: skip


def _texts(budget: Budget) -> dict[str, Any]:
    def written(value: Any) -> str:
        if value.__class__ is str and len(value) < 1 << TEXT_SHIFT:
            return value
        return text(budget.weigh(value))

    def formatted(value: Any, form: str) -> str:
        if type(value) not in NUMBERS:
            raise TypeError(f"the format {form} is for numbers, not {kind(value)}")
        whole = form[-1] in "dxX" and type(value) is float and value.is_integer()
        return format(int(value) if whole else value, form)

    def joined(made: str) -> str:
        if len(made) >> TEXT_SHIFT:
            budget.charge(len(made) >> TEXT_SHIFT)
        return bounded_text(made)

    return {"_text": written, "_formatted": formatted, "_joined": joined}


def _loops(budget: Budget) -> dict[str, Any]:
    def paid(price: int, length: int) -> None:
        budget.charge(price * length + (length >> 1) + 1)

    def each(price: int, source: Any) -> Iterable[Any]:
        if source.__class__ is not list and isinstance(source, Mapping):
            paid(price, len(source))
            return list(source)
        paid(price, len(_listed(source)))
        return source

    def counted(price: int, *bounds: Any) -> range:
        for bound in bounds:
            if type(bound) is not int or not -MAX_LOOP <= bound <= MAX_LOOP:
                raise ValueError(f"range takes whole numbers up to {MAX_LOOP}")
        if len(bounds) == 3 and bounds[2] == 0:
            raise ValueError("range: a step of 0 never ends")
        numbers = range(*bounds)
        if price:
            paid(price, len(numbers))
        return numbers

    def enumerated(price: int, source: Any, first: Any = 0) -> Iterator[tuple[int, Any]]:
        if type(first) is not int:
            raise TypeError(f"enumerate begins with a whole number, not with {kind(first)}")
        bounded(first)
        return enumerate(each(price, source), first)

    def items(price: int, source: Any) -> Iterable[tuple[Any, Any]]:
        if not isinstance(source, Mapping):
            raise TypeError(f"items takes a map, not {kind(source)}")
        paid(price, len(source))
        return source.items()

    def zipped(price: int, *sources: Any) -> Iterable[Any]:
        paid(price, min(len(_listed(source)) for source in sources))
        return zip(*sources, strict=False)

    return {"_each": each, "_range": counted, "_enumerate": enumerated, "_items": items, "_zip": zipped}


def _listed(source: Any) -> Sequence[Any]:
    if not isinstance(source, (list, tuple)):
        raise TypeError(f"a loop goes through a list, a map or range(…), not through {kind(source)}")
    return source


def _changes(budget: Budget) -> dict[str, Any]:
    def own(holder: Any) -> Any:
        """A copy that the script may change; a map where there is nothing."""
        if holder.__class__ is dict:
            budget.left -= 1 + len(holder)
            return holder.copy() if budget.left >= 0 else budget.spent()
        if holder is None:
            return {}
        if isinstance(holder, Mapping):
            budget.charge(1 + len(holder))
            return dict(holder)
        if isinstance(holder, (list, tuple)):
            budget.charge(1 + (len(holder) >> 1))
            return list(holder)
        raise TypeError(f"nothing can be set in {kind(holder)}")

    def put(holder: Any, key: Any, value: Any) -> None:
        if holder.__class__ is dict:
            holder[_key(key)] = value
            if len(holder) > MAX_ITEMS:
                raise ValueError(f"a map with more than {MAX_ITEMS} keys")
        else:
            holder[_position(holder, key)] = value

    def changed(holder: Any, keys: tuple[Any, ...], value: Any) -> Any:
        if len(keys) > MAX_DEPTH:
            raise ValueError(f"a value nested deeper than {MAX_DEPTH} levels")
        copy = own(holder)
        put(copy, keys[0], value if len(keys) == 1 else changed(look_up(holder, keys[0]), keys[1:], value))
        return copy

    def without(holder: Any, keys: tuple[Any, ...]) -> Any:
        inner = look_up(holder, keys[0])
        if len(keys) > 1:
            return holder if inner is None else changed(holder, keys[:1], without(inner, keys[1:]))
        copy = own(holder)
        if isinstance(copy, dict):
            copy.pop(keys[0], None)
        else:
            del copy[_position(copy, keys[0])]
        return copy

    return {"_own": own, "_put": put, "_with": changed, "_without": without}


def _key(key: Any) -> str:
    if key.__class__ is not str:
        raise TypeError(f"a map's key is a text, not {kind(key)}; text(x) makes text")
    return key


def _position(holder: list[Any], key: Any) -> int:
    if type(key) is not int:
        raise TypeError(f"a position in a list is a whole number, not {kind(key)}")
    if not -len(holder) <= key < len(holder):
        raise ValueError(f"there is no position {key} in a list of {len(holder)}")
    return key


def _several(value: Any, wanted: int) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{count_of(wanted, 'value is', 'values are')} wanted, not {kind(value)}")
    if len(value) != wanted:
        raise ValueError(f"{count_of(wanted, 'value is', 'values are')} wanted, not {len(value)}")
    return value


def _topic(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a topic is a text, not {kind(value)}")
    if len(value) > MAX_TEXT:
        raise ValueError(f"a topic longer than {MAX_TEXT} characters")
    return value


def _meta(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"meta is a map, not {kind(value)}")
    return value
