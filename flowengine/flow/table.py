"""CSV files beside a flow: their header and rows, each with its line. Knows nothing of what the cells are for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator


def table_of(content: bytes, name: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and the rows that hold anything with their line numbers. Raises ValueError.

    Cells are separated by what the first line has most of: commas, semicolons or tabs.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not UTF-8") from None
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = [cell.strip() for cell in next(rows, [])]
    if not header:
        raise ValueError(f"{name} is empty")
    return header, _filled(rows, name)


def _filled(rows: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    line = 2
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                yield line, [cell.strip() for cell in row]
            line = rows.line_num + 1  # type: ignore[attr-defined]  # of csv.reader
    except csv.Error as fault:
        raise ValueError(f"{name}, line {line}: {fault}") from None
