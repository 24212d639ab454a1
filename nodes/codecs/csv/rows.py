"""CSV (RFC 4180) from bytes or text to rows, and back. Files, and what a column means, live elsewhere.

Lines may end with LF, CRLF or CR; blank lines are skipped and a BOM is dropped. Everything is bounded, and made in
steps, between which others get their turn; what is wrong is refused with the number of its row, counted from 1 with the
header.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from flowengine.counts import count_of

DELIMITERS = ",;\t|"
MAX_BYTES = 16 << 20
MAX_ROWS = 100_000
MAX_COLUMNS = 1000
MAX_CELLS = 100_000
"""Cells of a table that is mostly empty; others may have more: four for each value, or one for two characters."""

STEP_CELLS = 5_000
"""After about so many cells the work of a table makes room for others: each takes up to 2 us."""

Types = Literal["guess", "none"]
T = TypeVar("T")
Steps = Generator[int, None, T]
"""Work that yields, now and then, how many cells it has done since, and returns what it made."""

_QUOTE = '"'
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+([eE][+-]?\d+)?|[eE][+-]\d+)", re.ASCII)
"""`5E10` is no plain number but perhaps a part's; `1e-05` and `1.5E10` are what programs write."""

_GROUPED = re.compile(r"-?[1-9]\d{0,2}(\.\d{3})+(,\d+)?", re.ASCII)
_LINE_END = re.compile(r"\r\n|\n|\r")
_WORDS: dict[str, Any] = {"": None, "true": True, "false": False}


class BadCsv(ValueError):
    """Text that is not CSV, breaks a limit, or has rows that do not fit the header; values that no cell can hold."""


class Ragged(NamedTuple):
    """A row with more or fewer cells than there are columns, and what is wrong with it."""

    cells: list[str]
    reason: str


class Step:
    """Counts cells until they are enough for one step."""

    def __init__(self) -> None:
        self._done = 0

    def over(self, row: Sized) -> int:
        """How many cells were done, once they are enough; a row counts, too."""
        self._done += 1 + len(row)
        if self._done < STEP_CELLS:
            return 0
        done, self._done = self._done, 0
        return done


def read_rows(
    data: bytes | str,
    delimiter: str = ",",
    types: Types = "none",
    decimal: str = ".",
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    skip_lines: int = 0,
) -> Steps[list[list[Any]]]:
    """Return the rows as lists, in steps. Raises BadCsv.

    `delimiter` is a character, or "auto": of comma, semicolon, tab and bar the most frequent in the first line. With
    types "guess" an empty cell is None, true and false are booleans, and what JSON would call a number is one (007, nan
    and an integer of over 18 digits are text); `decimal` "," reads 12,5 as 12.5. `skip_lines` lines
    at the beginning are not looked at.
    """
    cell = guess(decimal) if types == "guess" else None
    rows: list[list[Any]] = []
    step = Step()
    for row in _bounded(without_lines(_text(data, max_bytes), skip_lines), delimiter, max_rows):
        if row:
            rows.append(row if cell is None else list(map(cell, row)))
        if done := step.over(row):
            yield done
    return rows


def read_records(
    data: bytes | str,
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
    types: Types = "none",
    decimal: str = ".",
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    skip_lines: int = 0,
) -> Steps[tuple[list[dict[str, Any]], list[Ragged]]]:
    """Return the rows as dicts by column, and those that do not fit; the names are `columns` or else the first row.

    Options as for read_rows. A column without a name is called column_N. Raises BadCsv.
    """
    names, number = list(columns or ()), 0
    cell = guess(decimal) if types == "guess" else str
    records: list[dict[str, Any]] = []
    ragged: list[Ragged] = []
    step = Step()
    for row in _bounded(without_lines(_text(data, max_bytes), skip_lines), delimiter, max_rows):
        number += bool(row)
        if row and not names:
            names = _header(row)
        elif row and len(row) == len(names):
            records.append(dict(zip(names, map(cell, row), strict=True)))
        elif row:
            ragged.append(Ragged(row, f"row {number} has {count_of(len(row), 'cell')}, not {len(names)}"))
        if done := step.over(row):
            yield done
    return records, ragged


def write_rows(rows: Iterable[Sequence[Any]], delimiter: str = ",", line_end: str = "\r\n") -> Steps[str]:
    """Return the rows as CSV, each line ended. None is an empty cell, a list or map JSON. Raises BadCsv for bytes."""
    special = re.compile(f"[{re.escape(delimiter)}{_QUOTE}\r\n]")
    lines: list[str] = []
    step = Step()
    for row in rows:
        lines.append(_line(row, special, delimiter) + line_end)
        if done := step.over(row):
            yield done
    return "".join(lines)


def write_records(
    records: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    header: bool = True,
    delimiter: str = ",",
    line_end: str = "\r\n",
) -> Steps[str]:
    """Return the records as CSV under `columns`, or under all their keys as they appear. A missing key is empty.

    Raises BadCsv for a table that is mostly empty and has more than MAX_CELLS cells: records with other keys each.
    """
    names = list(columns) if columns else list((yield from _keys(records)))
    if len(records) * len(names) > max(MAX_CELLS, 4 * sum(map(len, records))):
        table = f"{count_of(len(records), 'record')} with {count_of(len(names), 'column')}"
        raise BadCsv(f"{table} are a table that is mostly empty")
    rows = ([record.get(name) for name in names] for record in records)
    return (yield from write_rows(chain([names], rows) if header else rows, delimiter, line_end))


def _keys(records: Sequence[Mapping[str, Any]]) -> Steps[dict[str, None]]:
    keys: dict[str, None] = {}
    step = Step()
    for record in records:
        keys |= dict.fromkeys(record)
        if done := step.over(record):
            yield done
    return keys


def without_lines(text: str, count: int) -> str:
    """The text behind its first `count` lines, whichever way they end."""
    at = 0
    for _ in range(count):
        end = _LINE_END.search(text, at)
        if end is None:
            return ""
        at = end.end()
    return text[at:]


def _text(data: bytes | str, max_bytes: int) -> str:
    if len(data) > max_bytes:
        raise BadCsv(f"{count_of(len(data), 'byte is', 'bytes are')} more than {max_bytes}")
    try:
        text = data if isinstance(data, str) else str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise BadCsv(f"not UTF-8: {error}") from error
    return text.removeprefix("\ufeff")


def _bounded(text: str, delimiter: str, max_rows: int) -> Iterator[list[str]]:
    """The rows, blank ones too. Raises BadCsv."""
    rows = cells = 0
    most_cells = max(MAX_CELLS, len(text) // 2)
    for row in _cells(text, _delimiter(text, delimiter)):
        rows, cells = rows + bool(row), cells + len(row)
        if rows > max_rows:
            raise BadCsv(f"more than {count_of(max_rows, 'row')}")
        if cells > most_cells:
            raise BadCsv(f"more than {count_of(most_cells, 'cell')}, too many of them empty or short")
        yield row


def _delimiter(text: str, delimiter: str) -> str:
    if delimiter != "auto":
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise BadCsv(f"a delimiter is one character, no quote and no line end: {delimiter!r}")
        return delimiter
    first_line = re.sub(r'"[^"]*"', "", text.lstrip("\r\n")[:65536]).partition("\n")[0]
    return max(DELIMITERS, key=first_line.count)


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for row in reader:
            number += bool(row)
            if len(row) > MAX_COLUMNS:
                raise BadCsv(f"row {number} has more than {MAX_COLUMNS} cells")
            yield row
    except csv.Error as error:
        raise BadCsv(f"row {number + 1}: {error}") from error


def _header(row: Sequence[str]) -> list[str]:
    names = [name.strip() or f"column_{number}" for number, name in enumerate(row, start=1)]
    if twice := sorted(name for name, times in Counter(names).items() if times > 1):
        raise BadCsv(f"two columns are called {', '.join(twice)}")
    return names


def guess(decimal: str) -> Callable[[str], Any]:
    """Return the function from a cell to what it says; with a decimal comma, points group thousands."""

    def value(cell: str) -> Any:
        text = cell.strip()
        if (word := text.lower()) in _WORDS:
            return _WORDS[word]
        if _INTEGER.fullmatch(text):
            return int(text)
        if decimal == "," and _GROUPED.fullmatch(text):
            text = text.replace(".", "")
            if "," not in text:
                return int(text)
        number = text.replace(",", ".", 1) if decimal == "," else text
        if len(number) < 400 and _DECIMAL.fullmatch(number) and math.isfinite(real := float(number)):
            return real
        return cell

    return value


def _line(row: Sequence[Any], special: re.Pattern[str], delimiter: str) -> str:
    cells = [_cell(value) for value in row]
    if cells == [""]:
        return '""'  # a blank line would be no row
    return delimiter.join(f'"{cell.replace(_QUOTE, _QUOTE * 2)}"' if special.search(cell) else cell for cell in cells)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise BadCsv("no cell holds bytes")
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError) as error:
        raise BadCsv(f"no cell holds a {type(value).__name__}: {error}") from error
    return text[1:-1] if text.startswith(_QUOTE) else text  # a time
