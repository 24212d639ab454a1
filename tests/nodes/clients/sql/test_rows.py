"""Rows are made a column at a time, and each message has the row or the reason that it would have alone."""

from flowengine.message import Message
from nodes.batches.field_selector import FieldSelector
from nodes.clients.sql import fit, numbers
from nodes.clients.sql.rows import Rows

COLUMNS = {"at": FieldSelector("time"), "device": FieldSelector("device"), "value": FieldSelector("payload.value")}


def test_ordinary_messages_are_never_made_rows_one_by_one() -> None:
    rows = Rows(COLUMNS)
    rows.fit({"at": fit.as_time_text, "device": fit.as_text, "value": numbers.as_float})
    batch = [Message({"value": n / 4}, "t", 1_758_110_600_250_000_000 + n, {"device": f"d{n}"}) for n in range(300)]
    built, places, bad = rows.build(batch)
    assert built[1] == ("2025-09-17T12:03:20.250000Z", "d1", 0.25) and len(places) == 300 and not bad
    assert rows.slow == 0


def test_a_bad_message_costs_its_own_row_alone() -> None:
    rows = Rows(COLUMNS)
    rows.fit({"at": fit.as_time, "device": fit.as_text, "value": numbers.as_float})
    batch = [Message({"value": value}, "t", 1_758_110_600_250_000_000, {"device": "d"}) for value in (1.5, "warm", 2)]
    built, places, bad = rows.build(batch)
    assert [row[2] for row in built] == [1.5, 2.0] and list(places) == [0, 2]
    assert bad == {1: "column value: 'warm' is not a number"}
