"""Rows as a Parquet file: typed columns, the same file each time, and what does not fit left out with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from arro3.io import read_parquet

from nodes.codecs.parquet import ColumnType, parquet

NOON_NS = 1_790_000_000_123_456_000


def read(data: bytes) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The types of the columns, and the rows."""
    table = read_parquet(BytesIO(data)).read_all()
    names = [field.name for field in table.schema]
    columns = [[value.as_py() for value in table.column(name)] for name in names]
    types = {field.name: str(field.type).removeprefix("arro3.core.DataType").strip("<>\n ") for field in table.schema}
    return types, [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def test_columns_have_the_types_of_their_first_values_and_numbers_are_floating_point() -> None:
    rows = [
        {"time": NOON_NS, "device": "é", "v": 1, "ok": True, "raw": b"\x00", "deep": {"a": [1]}, "never": None},
        {"time": NOON_NS, "device": None, "v": 2.5, "ok": None, "raw": None, "deep": None, "never": None},
    ]
    data, bad = parquet(rows, {"time": "time"})
    types, found = read(data)
    assert bad == {} and "never" not in types
    assert {name: types[name].partition("(")[0] for name in types} == {
        "time": "Timestamp", "device": "Utf8", "v": "Float64", "ok": "Boolean", "raw": "Binary", "deep": "Utf8"
    }  # fmt: skip
    at = datetime.fromtimestamp(NOON_NS // 10**9, UTC).replace(microsecond=123_456)
    assert found[0] == {"time": at, "device": "é", "v": 1.0, "ok": True, "raw": b"\x00", "deep": '{"a":[1]}'}
    assert found[1]["v"] == 2.5 and found[1]["device"] is None


def test_equal_rows_make_equal_files() -> None:
    rows = [{"a": n, "b": f"x{n % 3}"} for n in range(1_000)]
    assert parquet(rows, {})[0] == parquet(rows, {})[0]


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        ("number", [1, 2.5, 2**60], ["1", True, 10**400, [1]]),
        ("integer", [1, 2.0, -(2**63)], [2.5, 2**63, True, float("inf"), float("nan"), "1"]),
        ("boolean", [True, False], [1, "true"]),
        ("text", ["a", 5, {"a": 1}], ["\ud800"]),
        ("bytes", [b"a", "a", bytearray(b"x")], [5, {"a": 1}]),
        ("time", ["2026-11-29T12:00:00Z", 1_790_000_000, NOON_NS], ["soon", 5, True]),
    ],
)
def test_a_value_of_another_type_leaves_its_row_out_and_says_why(
    kind: ColumnType, taken: list[Any], refused: list[Any]
) -> None:
    data, bad = parquet([{"x": value} for value in [*taken, *refused, None]], {"x": kind})
    assert sorted(bad) == list(range(len(taken), len(taken) + len(refused)))
    assert all(why.startswith("column x: ") and why.endswith(f"is no {kind}") for why in bad.values())
    assert len(read(data)[1]) == len(taken) + 1


def test_a_type_that_is_named_is_there_without_any_value() -> None:
    types, _ = read(parquet([{"a": 1, "b": None}], {"b": "text"})[0])
    assert types["b"] == "Utf8"


def test_no_row_is_no_file() -> None:
    assert parquet([], {}) == (b"", {})
    assert parquet([{"a": None}], {}) == (b"", {})
