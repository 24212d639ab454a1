"""From messages to the rows of a table: values by column, made to fit, each bad message told apart. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowengine import Message, Messages
from nodes.batches.field_selector import FieldSelector
from nodes.clients.sql.columns import by_column, times_by_column
from nodes.clients.sql.fit import Fit, as_simple, in_words, of_times
from nodes.clients.sql.values import Kind, kind_of


class Rows:
    """Builds rows. `fit` says what the columns take; before, only `kinds` may be asked."""

    def __init__(self, columns: Mapping[str, FieldSelector]):
        self._picks = tuple(columns.values())
        self._names = tuple(columns)
        self._fitted: list[Any] = []
        self._columns: list[Any] = []
        self.slow = 0
        """How many messages were made rows one by one."""

    @property
    def time_column(self) -> str | None:
        """The first column that holds the time of the message."""
        return next((n for n, pick in zip(self._names, self._picks, strict=True) if pick.is_a_time), None)

    def fit(self, columns: Mapping[str, Fit]) -> list[str]:
        """Take over what fits a table's columns; names of the columns that it does not have."""
        found = [columns.get(name, as_simple) for name in self._names]
        self._fitted = [of_times(fit) if pick.is_a_time else fit for fit, pick in zip(found, self._picks, strict=True)]
        self._columns = [(times_by_column if pick.is_a_time else by_column)(fit)
                         for fit, pick in zip(found, self._picks, strict=True)]  # fmt: skip
        return [name for name in self._names if name not in columns]

    def kinds(self, messages: Messages) -> dict[str, Kind]:
        """What new columns should be, by the first value of each; text where there is none."""
        return {
            name: "time" if pick.is_a_time else _first_kind(pick, messages)
            for name, pick in zip(self._names, self._picks, strict=True)
        }

    def build(self, messages: Messages) -> tuple[list[tuple[Any, ...]], Sequence[int], dict[int, str]]:
        """Rows, the place of each in the batch, and the reason for every message that has none."""
        try:
            columns = [fit(pick.each(messages)) for pick, fit in zip(self._picks, self._columns, strict=True)]
        except Exception:  # one bad message: find out which
            return self._build_each(messages)
        return list(zip(*columns, strict=True)), range(len(messages)), {}

    def _build_each(self, messages: Messages) -> tuple[list[tuple[Any, ...]], Sequence[int], dict[int, str]]:
        rows: list[tuple[Any, ...]] = []
        places: list[int] = []
        bad: dict[int, str] = {}
        self.slow += len(messages)
        for place, message in enumerate(messages):
            try:
                rows.append(self._row(message))
                places.append(place)
            except Exception as fault:
                bad[place] = str(fault)[:300]
        return rows, places, bad

    def _row(self, message: Message) -> tuple[Any, ...]:
        values = []
        for name, pick, fit in zip(self._names, self._picks, self._fitted, strict=True):
            try:
                values.append(fit(pick(message)))
            except Exception as fault:
                raise ValueError(f"column {name}: {in_words(fault)}") from fault
        return tuple(values)


def _first_kind(pick: FieldSelector, messages: Messages) -> Kind:
    for message in messages:
        try:
            kind = kind_of(pick(message))
        except Exception:  # noqa: S112 - a bad message is told when rows are built
            continue
        if kind is not None:
            return kind
    return "text"
