"""What it takes to check a payload by a schema, counted before it is done. Never here: what is right or wrong.

A schema's rules and a payload's values multiply: a few rules for each of 50,000 items, each of whose faults jsonschema
writes out, hold everything up for seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from jsonschema.exceptions import ValidationError

from nodes.values.work import Work

Faults = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Faults | None]

MOST_WORK = 120_000_000
"""About nanoseconds: some 25,000 items with a rule each, 10,000 with five."""

TOO_MUCH = "holds too many values to be checked by so many rules in one turn"

_RULE, _SCHEMA, _REFERENCE, _SEARCH, _FAULT, _CHOICE, _VALUE = 1_500, 3_000, 8_000, 5_000, 15_000, 50, 300
"""What each takes: a rule for a value, a schema that is entered, a reference that is followed, a text that is searched,
a fault that is found, each part of a rule, each value that a rule compares or writes out."""

_CHARACTER, _PLACE = 2, 5
"""What a character takes that is written out, and at each place of a pattern that RE2 could be in there."""


class Checking:
    """One check of one payload: what may still be done, and what its lists and maps take to be written out."""

    def __init__(self) -> None:
        self.take = Work(TOO_MUCH, MOST_WORK).take
        self._written: dict[int, int] = {}

    def written(self, value: Any) -> int:
        """What it takes to look at all of a value, or to write it out."""
        if isinstance(value, str | bytes):
            return _VALUE + _CHARACTER * len(value)
        if not isinstance(value, list | tuple | Mapping):
            return _VALUE
        known = self._written.get(id(value))
        if known is None:
            known = _VALUE + sum(map(self.written, value))
            if isinstance(value, Mapping):
                known += sum(map(self.written, value.values()))
            self._written[id(value)] = known
        return known


checking: ContextVar[Checking] = ContextVar("checking")
"""The check that is being done."""


def counted(name: str, keyword: Keyword) -> Keyword:
    """The keyword, which takes what it costs before it looks."""

    def look(validator: Any, rule: Any, value: Any, schema: Any) -> Faults | None:
        now = checking.get()
        parts = len(rule) if isinstance(rule, list | dict) else 0
        followed = _REFERENCE if name in ("$ref", "$dynamicRef") else 0
        now.take(_RULE + _CHOICE * parts + followed + now.written(value))
        faults = keyword(validator, rule, value, schema)
        return None if faults is None else _found(faults, now)

    return look


def entering(evolve: Callable[..., Any]) -> Callable[..., Any]:
    """What makes the validator of a schema inside, counted."""

    def entered(validator: Any, **changes: Any) -> Any:
        checking.get().take(_SCHEMA)
        return evolve(validator, **changes)

    return entered


def search(pattern: Any, text: str) -> bool:
    """Whether the text has the pattern of RE2, which takes the more the larger the pattern is."""
    checking.get().take(_SEARCH + _PLACE * pattern.programsize * len(text))
    return pattern.search(text) is not None


def _found(faults: Faults, now: Checking) -> Faults:
    for fault in faults:
        now.take(_FAULT)
        yield fault
