"""Rows are made a column at a time, and each message has the row or the reason that it would have alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.message import Message
from nodes.batches.field_selector import Pick
from nodes.clients.sql.rows import Rows
from nodes.clients.sql.values import Kind, column_converter, converter

COLUMNS = {"at": Pick("time"), "device": Pick("device"), "value": Pick("payload.value")}
KINDS: list[Kind] = [
    "time",
    "naive_time",
    "time_text",
    "float",
    "finite",
    "int",
    "bool",
    "text",
    "json",
    "bytes",
    "other",
]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(0, 2**63 - 1), st.floats(), st.text(), st.binary(),
    st.lists(st.integers(), max_size=2), st.sampled_from(["2025-09-17T12:03:20Z", 1_758_110_600_250_000_000]),
)  # fmt: skip


@given(st.sampled_from(KINDS), st.lists(VALUES, max_size=4) | st.lists(st.integers(0, 2**62)))
def test_a_column_fits_as_its_values_do_one_by_one(kind: Kind, values: list[Any]) -> None:
    one = converter(kind)
    try:
        wanted = [one(value) for value in values]
    except Exception as fault:
        with pytest.raises(type(fault)):
            column_converter(kind)(values)
    else:
        found = list(column_converter(kind)(values))
        assert repr(found) == repr(wanted)


def test_ordinary_messages_are_never_made_rows_one_by_one() -> None:
    rows = Rows(COLUMNS)
    rows.fit({"at": "time_text", "device": "text", "value": "float"})
    batch = [Message({"value": n / 4}, "t", 1_758_110_600_250_000_000 + n, {"device": f"d{n}"}) for n in range(300)]
    built, places, bad = rows.build(batch)
    assert built[1] == ("2025-09-17T12:03:20.250000Z", "d1", 0.25) and len(places) == 300 and not bad
    assert rows.slow == 0


def test_a_bad_message_costs_its_own_row_alone() -> None:
    rows = Rows(COLUMNS)
    rows.fit({"at": "time", "device": "text", "value": "float"})
    batch = [Message({"value": value}, "t", 1, {"device": "d"}) for value in (1.5, "warm", 2)]
    built, places, bad = rows.build(batch)
    assert [row[2] for row in built] == [1.5, 2.0] and list(places) == [0, 2]
    assert bad == {1: "column value: 'warm' is not a number"}
