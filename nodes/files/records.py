"""Cuts bytes that come in pieces into records: lines, rows of CSV. Tells where each one ends. No I/O."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import NamedTuple

from flowengine.counts import count_of

MAX_BYTES = 1 << 20


class Record(NamedTuple):
    """One record and how many bytes of the stream it took, line end included. `data` None: longer than allowed."""

    data: bytes | None
    took_bytes: int


class LineCutter:
    """Lines without their ends. An open last line waits for the rest; one that is too long is skipped and told once."""

    def __init__(self, max_bytes: int = MAX_BYTES, quotes: bool = False, plain_lines: int = 0):
        self._max_bytes = max_bytes
        self._quotes = quotes
        """Whether a line end within quotes belongs to the line, as in CSV."""
        self._plain_lines = plain_lines
        """Lines at the beginning whose quotes mean nothing."""
        self._waiting = bytearray()
        self._skipped = 0
        self._is_quoted = False

    @property
    def open_bytes(self) -> int:
        """Bytes that were fed and have not come out as records."""
        return len(self._waiting) + self._skipped

    def feed(self, data: bytes) -> list[Record]:
        """The records that these bytes complete."""
        *pieces, rest = data.split(b"\n")
        records = []
        for piece in pieces:
            self._take(piece)
            if self._is_quoted:
                self._take(b"\n")
            else:
                records.append(self._ended())
        self._take(rest)
        return records

    def finish(self) -> list[Record]:
        """The last line of a file that has ended without a line end."""
        took = self.open_bytes
        record = Record(None if self._skipped else bytes(self._waiting), took)
        self._forget()
        return [record] if took else []

    def _take(self, piece: bytes) -> None:
        """More of the open line; one that got too long ends at the next line end, whatever its quotes say."""
        if self._quotes and not self._plain_lines and piece.count(b'"') % 2:
            self._is_quoted = not self._is_quoted
        if self._skipped or len(self._waiting) + len(piece) > self._max_bytes:
            self._skipped += len(self._waiting) + len(piece)
            self._waiting.clear()
            self._is_quoted = False
        else:
            self._waiting += piece

    def _ended(self) -> Record:
        record = Record(None if self._skipped else bytes(self._waiting.removesuffix(b"\r")), self.open_bytes + 1)
        self._plain_lines = max(0, self._plain_lines - 1)
        self._forget()
        return record

    def _forget(self) -> None:
        self._waiting.clear()
        self._skipped, self._is_quoted = 0, False


def csv_fields(line: str, delimiter: str = ",") -> list[str]:
    """The fields of one line. Raises ValueError for one that is no CSV."""
    try:
        rows = list(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise ValueError(str(fault)) from fault
    return rows[0] if rows else []


def csv_row(
    names: Sequence[str], line: str, delimiter: str = ",", value: Callable[[str], object] = str
) -> dict[str, object]:
    """The fields by name, each as `value` reads it. Raises ValueError when the count differs."""
    fields = csv_fields(line, delimiter)
    if len(fields) != len(names):
        raise ValueError(f"{count_of(len(fields), 'field')} where the header has {len(names)}")
    return {name: value(field) for name, field in zip(names, fields, strict=True)}
