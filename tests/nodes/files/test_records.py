"""nodes/files/records.py: lines are the same however the bytes come; every byte is accounted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.csv.rows import guess
from nodes.files.records import LineCutter, csv_fields, csv_row


@given(st.lists(st.binary(max_size=30)), st.data())
def test_pieces_do_not_change_the_lines_and_no_byte_is_lost(lines, data):
    stream = b"\n".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    cutter = LineCutter(max_bytes=20)
    records = [record for piece in pieces for record in cutter.feed(piece)]
    assert sum(r.took_bytes for r in records) + cutter.open_bytes == len(stream)
    records += cutter.finish()
    expected = stream.split(b"\n")
    if not expected[-1]:
        expected.pop()
    complete = [line.removesuffix(b"\r") for line in expected[:-1]] + expected[-1:]
    if stream.endswith(b"\n"):
        complete = [line.removesuffix(b"\r") for line in expected]
    assert [r.data for r in records] == [
        None if len(raw) > 20 else line for raw, line in zip(expected, complete, strict=True)
    ]
    assert sum(r.took_bytes for r in records) == len(stream) and cutter.open_bytes == 0


def test_a_line_without_end_takes_no_memory():
    cutter = LineCutter(max_bytes=1000)
    for _ in range(1000):
        assert cutter.feed(b"x" * 900) == []
    assert len(cutter._waiting) == 0 and cutter.open_bytes == 900_000
    [record, good] = cutter.feed(b"\nok\n")
    assert record == (None, 900_001) and good == (b"ok", 3)


def test_a_row_of_a_table_is_a_map_with_numbers_as_numbers():
    row = csv_row(["a", "b", "c", "d", "e", "f"], 'x,1,-2.5e3,,"q ""1"",",1_000', ",", guess("."))
    assert row == {"a": "x", "b": 1, "c": -2500.0, "d": None, "e": 'q "1",', "f": "1_000"}
    assert csv_row(["a", "b"], "nan;٣", ";", guess(".")) == {"a": "nan", "b": "٣"}


def test_a_row_that_does_not_fit_the_header_is_refused():
    with pytest.raises(ValueError, match="3 fields where the header has 2"):
        csv_row(["a", "b"], "1,2,3")
    with pytest.raises(ValueError):
        csv_fields('"open')


def test_a_line_end_within_quotes_belongs_to_the_line():
    cutter = LineCutter(quotes=True)
    assert [record.data for record in cutter.feed(b'a,"one\ntwo"\nb,"th')] == [b'a,"one\ntwo"']
    assert [record.data for record in cutter.feed(b'ree\nfour"\n')] == [b'b,"three\nfour"']
    assert csv_row(["a", "b"], 'a,"one\ntwo"') == {"a": "a", "b": "one\ntwo"}
