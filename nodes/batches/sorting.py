"""Good and bad items of a batch told apart. Never here: what makes an item bad, and where it goes."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
Column = Callable[[Sequence[Any]], Sequence[Any]]


class Sorted(NamedTuple):
    """Good items with one value of each column beside them, and bad ones with their reasons."""

    good: Sequence[Any]
    columns: list[Sequence[Any]]
    bad: list[tuple[Any, str]]


def sort_out(items: Sequence[Item], *columns: Column) -> Sorted:
    """Every column's values for all items at once; only when one raises ValueError, item by item."""
    try:
        return Sorted(items, [column(items) for column in columns], [])
    except ValueError:
        pass
    good: list[Item] = []
    bad: list[tuple[Item, str]] = []
    for item in items:
        try:
            for column in columns:
                column((item,))
        except ValueError as fault:
            bad.append((item, str(fault)))
        else:
            good.append(item)
    return Sorted(good, [column(good) for column in columns], bad)


def made_of(items: Sequence[Item], make: Callable[[Item], Made]) -> tuple[dict[int, Made], dict[int, str]]:
    """What `make` gives for each item by its place, and why others give nothing: the words of its ValueError."""
    made, bad = dict[int, Made](), dict[int, str]()
    for place, item in enumerate(items):
        try:
            made[place] = make(item)
        except ValueError as fault:
            bad[place] = str(fault)
    return made, bad
