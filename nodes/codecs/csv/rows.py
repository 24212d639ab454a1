"""CSV (RFC 4180) from bytes or text to rows, and back. Files, and what a column means, live elsewhere.

Lines may end with LF, CRLF or CR; blank lines are skipped and a BOM is dropped. Everything is bounded; what is wrong is
refused with the number of its row, counted from 1 with the header.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

DELIMITERS = ",;\t|"
MAX_BYTES = 16 << 20
MAX_ROWS = 100_000
MAX_COLUMNS = 1000
MAX_CELLS = 100_000
"""Cells of a table that is mostly empty; others may have more: four for each value, or one for two characters."""

Types = Literal["guess", "none"]

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


def read_rows(
    data: bytes | str,
    delimiter: str = ",",
    types: Types = "none",
    decimal: str = ".",
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    skip_lines: int = 0,
) -> list[list[Any]]:
    """Return the rows as lists. Raises BadCsv.

    `delimiter` is a character, or "auto": of comma, semicolon, tab and bar the most frequent in the first line. With
    types "guess" an empty cell is None, true and false are booleans, and what JSON would call a number is one (007, nan
    and an integer of over 18 digits are text); `decimal` "," reads 12,5 as 12.5. `skip_lines` lines
    at the beginning are not looked at.
    """
    text = without_lines(_text(data, max_bytes), skip_lines)
    cell = guess(decimal) if types == "guess" else None
    rows: list[list[Any]] = []
    cells, most_cells = 0, max(MAX_CELLS, len(text) // 2)
    for row in _cells(text, _delimiter(text, delimiter)):
        if len(rows) >= max_rows:
            raise BadCsv(f"more than {max_rows} rows")
        cells += len(row)
        if cells > most_cells:
            raise BadCsv(f"more than {most_cells} cells, too many of them empty or short")
        rows.append(row if cell is None else [cell(each) for each in row])
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
) -> tuple[list[dict[str, Any]], list[Ragged]]:
    """Return the rows as dicts by column, and those that do not fit; the names are `columns` or else the first row.

    Options as for read_rows. A column without a name is called column_N. Raises BadCsv.
    """
    rows = read_rows(data, delimiter, "none", decimal, max_bytes, max_rows, skip_lines)
    names = list(columns) if columns else _header(rows.pop(0) if rows else [])
    cell = guess(decimal) if types == "guess" else str
    records: list[dict[str, Any]] = []
    ragged: list[Ragged] = []
    for number, row in enumerate(rows, start=1 if columns else 2):
        if len(row) != len(names):
            ragged.append(Ragged(row, f"row {number} has {len(row)} cells, not {len(names)}"))
            continue
        records.append(dict(zip(names, map(cell, row), strict=True)))
    return records, ragged


def write_rows(rows: Iterable[Sequence[Any]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    """Return the rows as CSV, each line ended. None is an empty cell, a list or map JSON. Raises BadCsv for bytes."""
    special = re.compile(f"[{re.escape(delimiter)}{_QUOTE}\r\n]")
    return "".join(_line(row, special, delimiter) + line_end for row in rows)


def write_records(
    records: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    header: bool = True,
    delimiter: str = ",",
    line_end: str = "\r\n",
) -> str:
    """Return the records as CSV under `columns`, or under all their keys as they appear. A missing key is empty.

    Raises BadCsv for a table that is mostly empty and has more than MAX_CELLS cells: records with other keys each.
    """
    names = list(columns) if columns else list(dict.fromkeys(key for record in records for key in record))
    if len(records) * len(names) > max(MAX_CELLS, 4 * sum(map(len, records))):
        raise BadCsv(f"{len(records)} records with {len(names)} columns are a table that is mostly empty")
    rows = [[record.get(name) for name in names] for record in records]
    return write_rows([names, *rows] if header else rows, delimiter, line_end)


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
        raise BadCsv(f"{len(data)} bytes are more than {max_bytes}")
    try:
        text = data if isinstance(data, str) else str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise BadCsv(f"not UTF-8: {error}") from error
    return text.removeprefix("\ufeff")


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
            if not row:
                continue
            number += 1
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
