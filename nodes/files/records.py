"""Cuts bytes that come in pieces into records: lines, rows of CSV. Tells where each one ends. No I/O."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import NamedTuple

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
        self._waiting = b""
        self._skipped = 0

    @property
    def open_bytes(self) -> int:
        """Bytes that were fed and have not come out as records."""
        return len(self._waiting) + self._skipped

    def feed(self, data: bytes) -> list[Record]:
        """The records that these bytes complete."""
        *lines, rest = (self._waiting + data).split(b"\n")
        if self._quotes:
            plain = lines[: self._plain_lines]
            self._plain_lines -= len(plain)
            lines, rest = _with_quoted_ends(lines[len(plain) :], rest)
            lines = plain + lines
        records = []
        for line in lines:
            took = len(line) + 1 + self._skipped
            whole = not self._skipped and len(line) <= self._max_bytes
            records.append(Record(line.removesuffix(b"\r") if whole else None, took))
            self._skipped = 0
        if len(rest) > self._max_bytes or self._skipped:
            self._skipped += len(rest)
            rest = b""
        self._waiting = rest
        return records

    def finish(self) -> list[Record]:
        """The last line of a file that has ended without a line end."""
        took = self.open_bytes
        record = Record(None if self._skipped else self._waiting, took)
        self._waiting, self._skipped = b"", 0
        return [record] if took else []


def _with_quoted_ends(lines: list[bytes], rest: bytes) -> tuple[list[bytes], bytes]:
    whole: list[bytes] = []
    open_line = b""
    for line in lines:
        open_line = open_line + b"\n" + line if open_line else line
        if open_line.count(b'"') % 2 == 0:
            whole.append(open_line)
            open_line = b""
    return whole, (open_line + b"\n" + rest if open_line else rest)


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
        raise ValueError(f"{len(fields)} fields where the header has {len(names)}")
    return {name: value(field) for name, field in zip(names, fields, strict=True)}
