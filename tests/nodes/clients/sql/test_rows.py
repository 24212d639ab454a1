"""Rows are made a column at a time, and each message has the row or the reason that it would have alone."""

from datetime import timedelta

import pytest

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


@pytest.mark.parametrize("time_ns", [86_400 * 10**9, 10**9, 1_767_225_600_250_000_001, -(10**15)])
def test_the_time_of_a_message_is_what_it_is_however_long_ago(time_ns: int) -> None:
    columns = {"z": fit.as_time, "naive": fit.as_naive_time, "iso": fit.as_time_text, "text": fit.as_text,
               "short": fit.text_without_nul(40), "any": fit.as_simple, "day": fit.as_date,
               "whole": numbers.whole(-(2**63), 2**63 - 1)}  # fmt: skip
    rows = Rows(dict.fromkeys(columns, FieldSelector("time")))
    rows.fit(columns)
    at = fit.EPOCH + timedelta(microseconds=time_ns // 1000)
    text = fit.time_text(at)
    batch, expected = (
        [Message(1, "t", time_ns)],
        (at, at.replace(tzinfo=None), text, text, text, text, at.date(), time_ns),
    )
    assert rows.build(batch)[0] == [expected] == rows._build_each(batch)[0]


def test_a_bad_message_costs_its_own_row_alone() -> None:
    rows = Rows(COLUMNS)
    rows.fit({"at": fit.as_time, "device": fit.as_text, "value": numbers.as_float})
    batch = [Message({"value": value}, "t", 1_758_110_600_250_000_000, {"device": "d"}) for value in (1.5, "warm", 2)]
    built, places, bad = rows.build(batch)
    assert [row[2] for row in built] == [1.5, 2.0] and list(places) == [0, 2]
    assert bad == {1: "column value: 'warm' is not a number"}
