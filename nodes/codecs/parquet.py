"""Rows as one Parquet file, by arro3. A column has one type; a row whose value does not fit it is left out, with why.

Nothing here knows messages or where the file goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, Literal

from nodes.values.instants import instant_ns

ColumnType = Literal["number", "integer", "text", "boolean", "time", "bytes"]
Row = Mapping[str, Any]
COMPRESSION = "zstd(3)"
_INT64 = range(-(2**63), 2**63)


def parquet(rows: Sequence[Row], types: Mapping[str, ColumnType]) -> tuple[bytes, dict[int, str]]:
    """The file, and by place why rows are not in it. Equal rows make equal files.

    A column that `types` does not name is what its first value is; one without any value is left out. No file (empty
    bytes) when no row is left.
    """
    known = {
        name: types.get(name) or _type_in(rows, name) for name in dict.fromkeys(key for row in rows for key in row)
    }
    columns = {name: kind for name, kind in known.items() if kind is not None}
    kept: list[list[Any]] = []
    bad: dict[int, str] = {}
    for place, row in enumerate(rows):
        try:
            kept.append([_value(name, kind, row.get(name)) for name, kind in columns.items()])
        except ValueError as fault:
            bad[place] = str(fault)
    return (_file(columns, kept) if kept and columns else b""), bad


def _type_in(rows: Sequence[Row], name: str) -> ColumnType | None:
    first = next((value for row in rows if (value := row.get(name)) is not None), None)
    if isinstance(first, bool):
        return "boolean"
    if isinstance(first, int | float):
        return "number"
    return None if first is None else "bytes" if isinstance(first, bytes) else "text"


def _value(name: str, kind: ColumnType, value: Any) -> Any:
    if value is None:
        return None
    try:
        return _OF[kind](value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"column {name}: {_said(value)} is no {kind}") from None


def _said(value: Any) -> str:
    return repr(value)[:40] if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or int(value) != value or int(value) not in _INT64:
        raise TypeError
    return int(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text.encode()  # half of a surrogate pair is no text
    return text


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(memoryview(value))


_OF: Mapping[ColumnType, Callable[[Any], Any]] = {
    "number": _number, "integer": _integer, "text": _text, "boolean": _boolean, "bytes": _bytes,
    "time": lambda value: instant_ns(value) // 1000,
}  # fmt: skip


def _file(columns: Mapping[str, ColumnType], rows: Sequence[Sequence[Any]]) -> bytes:
    from arro3.core import Array, DataType, Field, RecordBatch, Schema  # an extra, and slow to import
    from arro3.io import write_parquet

    # Times to the microsecond: what Spark, Athena and DuckDB all read.
    kinds = {"number": DataType.float64(), "integer": DataType.int64(), "text": DataType.utf8(),
             "boolean": DataType.bool(), "bytes": DataType.binary(), "time": DataType.int64()}  # fmt: skip
    arrays = [Array([row[at] for row in rows], kinds[kind]) for at, kind in enumerate(columns.values())]
    arrays = [
        array.cast(DataType.timestamp("us", tz="UTC")) if kind == "time" else array
        for array, kind in zip(arrays, columns.values(), strict=True)
    ]
    schema = Schema([Field(name, array.type, nullable=True) for name, array in zip(columns, arrays, strict=True)])
    file = BytesIO()
    write_parquet(RecordBatch.from_arrays(arrays, schema=schema), file, compression=COMPRESSION)
    return file.getvalue()
