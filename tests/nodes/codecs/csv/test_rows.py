"""CSV: the rules of RFC 4180, guessed types, limits, and round trips."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.csv import rows as in_steps
from nodes.codecs.csv.rows import MAX_COLUMNS, STEP_CELLS, BadCsv


def at_once(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def read_rows(*given, **options):
    return at_once(in_steps.read_rows(*given, **options))


def read_records(*given, **options):
    return at_once(in_steps.read_records(*given, **options))


def write_rows(*given, **options):
    return at_once(in_steps.write_rows(*given, **options))


def write_records(*given, **options):
    return at_once(in_steps.write_records(*given, **options))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("aaa,bbb\r\nzzz,yyy\r\n", [["aaa", "bbb"], ["zzz", "yyy"]]),  # RFC 4180 section 2, rule 1
        ("aaa,bbb\r\nzzz,yyy", [["aaa", "bbb"], ["zzz", "yyy"]]),  # rule 2
        ('"aaa","b\r\nb"\r\nzzz,yyy', [["aaa", "b\r\nb"], ["zzz", "yyy"]]),  # rule 6
        ('"aaa","b""b"', [["aaa", 'b"b']]),  # rule 7
        ("a, b ,\n", [["a", " b ", ""]]),  # rule 4: spaces belong to the cell
        ("a\nb\r\rc\n\n", [["a"], ["b"], ["c"]]),
        ("\ufeffa,b", [["a", "b"]]),
        ('""\n', [[""]]),
        ("", []),
        ("a\0b,c", [["a\0b", "c"]]),
    ],
)
def test_rows_are_those_of_the_rfc(text, rows):
    assert read_rows(text) == read_rows(text.encode()) == rows


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('a\n"b', "row 2: unexpected end of data"),
        ('"a"b', "row 1: ',' expected after '\"'"),
        (b"\xff", "not UTF-8"),
        ("a\n" * 6, "more than 5 rows"),
        ("x" * 3000, "3000 bytes are more than 2000"),
        ("," * MAX_COLUMNS, "row 1 has more than 1000 cells"),
    ],
)
def test_what_is_no_csv_or_too_much_is_refused(text, why):
    with pytest.raises(BadCsv, match=why):
        read_rows(text, max_bytes=2000, max_rows=5)


def test_a_cell_too_long_is_refused():
    with pytest.raises(BadCsv, match="field limit"):
        read_rows("a," + "x" * 200_000)


def records(*given, **options):
    found, ragged = read_records(*given, **options)
    assert ragged == []
    return found


def test_the_first_row_names_the_columns():
    assert records(" a ,,b\n1,2,3\n") == [{"a": "1", "column_2": "2", "b": "3"}]
    assert records("1;2\n3;4", columns=["x", "y"], delimiter=";") == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]
    assert records("") == records("a,b") == []


def test_rows_that_do_not_fit_the_header_are_told_apart_and_cost_no_other():
    assert read_records("a,b\n1,2\n3\n4,5,6\n7,8") == (
        [{"a": "1", "b": "2"}, {"a": "7", "b": "8"}],
        [(["3"], "row 3 has 1 cell, not 2"), (["4", "5", "6"], "row 4 has 3 cells, not 2")],
    )
    with pytest.raises(BadCsv, match="two columns are called a"):
        read_records("a,b,a\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_before_the_header_are_passed_over(end):
    text = end.join(['Logger "7', "", "a,b", "1,2"])
    assert records(text, skip_lines=2) == [{"a": "1", "b": "2"}]
    assert read_rows(text, skip_lines=3) == [["1", "2"]]
    assert records(text, skip_lines=9) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_first_line(delimiter):
    text = f'"a,;|\tb"{delimiter}c{delimiter}d\n1{delimiter}2.5{delimiter}3'
    assert read_rows(text, delimiter="auto") == [["a,;|\tb", "c", "d"], ["1", "2.5", "3"]]
    assert read_rows("alone\n1", delimiter="auto") == [["alone"], ["1"]]


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_a_delimiter_that_cannot_be_is_refused(delimiter):
    with pytest.raises(BadCsv, match="a delimiter is one character"):
        read_rows("a", delimiter=delimiter)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("21.5", 21.5),
        (" 7 ", 7),
        ("-0", 0),
        ("1e3", "1e3"),
        ("1e+3", 1000.0),
        ("", None),
        ("TRUE", True),
        ("false", False),
        ("007", "007"),
        ("1_000", "1_000"),
        ("٢١", "٢١"),
        ("nan", "nan"),
        ("Infinity", "Infinity"),
        ("1e999", "1e999"),
        ("0x1A", "0x1A"),
        ("1" * 18, 111_111_111_111_111_111),
        ("1" * 19, "1" * 19),
        ("0.1e-2", 0.001),
        ("12.", "12."),
        (" on ", " on "),
    ],
)
def test_types_are_guessed_as_json_would_read_them(cell, value):
    found = read_rows(f'"{cell}"', types="guess")[0][0]
    assert found == value
    assert type(found) is type(value)


def test_a_decimal_comma_is_read_where_asked_for():
    assert records("t;n\n12,5;3.5", delimiter=";", types="guess", decimal=",") == [{"t": 12.5, "n": 3.5}]
    assert records("t\n12,5", delimiter=";", types="guess") == [{"t": "12,5"}]


def test_records_are_written_under_their_columns():
    records = [{"a": 1, "b": None}, {"a": 2.5, "c": True}]
    assert write_records(records) == "a,b,c\r\n1,,\r\n2.5,,true\r\n"
    assert write_records(records, ["c", "a"], header=False, delimiter=";", line_end="\n") == ";1\ntrue;2.5\n"


def test_records_of_other_keys_each_are_no_table():
    assert len(write_records([{f"k{n}": n} for n in range(300)])) > 300 * 300
    with pytest.raises(BadCsv, match="50000 records with 50000 columns are a table that is mostly empty"):
        write_records([{f"k{n}": n} for n in range(50_000)])
    with pytest.raises(BadCsv, match="mostly empty"):
        write_records([{}] * 50_000 + [{f"k{n}": n for n in range(100)}])


def test_a_text_of_separators_is_no_table():
    with pytest.raises(BadCsv, match="more than 250123 cells, too many of them empty or short"):
        read_rows(("," * 999 + "\n") * 500 + "," * 247)
    assert len(read_rows("1,2.5\n" * 100_000)) == len(read_rows("1,2\n" * 100_000)) == 100_000


def test_cells_hold_what_has_a_text():
    time = datetime(2025, 9, 17, 12, 3, 20, tzinfo=UTC)
    assert write_rows([[time, [1, 2], {"a": "b"}, 1e300]]) == '2025-09-17T12:03:20Z,"[1,2]","{""a"":""b""}",1e+300\r\n'
    for value in (b"x", object()):
        with pytest.raises(BadCsv, match="no cell holds"):
            write_rows([[value]])


cells = st.text(st.sampled_from('ab ,;"\r\n\t|é0'), max_size=6)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=5)


@given(tables, st.sampled_from(",;\t|"), st.sampled_from(("\n", "\r\n")))
def test_what_was_written_is_read(table, delimiter, line_end):
    assert read_rows(write_rows(table, delimiter, line_end), delimiter) == table


@given(tables)
def test_the_standard_library_reads_what_we_write(table):
    assert list(csv.reader(io.StringIO(write_rows(table), newline=""), strict=True)) == table


scalars = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.fixed_dictionaries({"a": scalars, "b": scalars}), min_size=1, max_size=5))
def test_guessed_types_are_those_that_were_written(records):
    assert read_records(write_records(records), types="guess") == (records, [])


noises = st.text(max_size=100) | st.binary(max_size=100)


@given(noises, st.sampled_from((",", "auto")), st.sampled_from(("none", "guess")))
def test_noise_is_rows_or_refused(noise, delimiter, types):
    for read in (read_rows, read_records):
        try:
            read(noise, delimiter=delimiter, types=types)
        except BadCsv:
            continue


TABLE = "a,b,c\n" * 9_000
RECORDS = [{"a": n, "b": 1.5, "c": "x"} for n in range(9_000)]


@pytest.mark.parametrize(
    "work",
    [
        lambda: in_steps.read_rows(TABLE, types="guess"),
        lambda: in_steps.read_records(TABLE),
        lambda: in_steps.read_rows("\n" * 30_000),
        lambda: in_steps.write_records(RECORDS),
        lambda: in_steps.write_rows([[1, 2, 3]] * 9_000),
        lambda: in_steps.write_rows([[]] * 30_000),
    ],
    ids=["rows", "records", "blank lines", "records to write", "rows to write", "empty rows to write"],
)
def test_a_large_table_is_made_in_steps_of_some_thousand_cells(work):
    done = list(work())
    assert all(STEP_CELLS <= cells < STEP_CELLS + MAX_COLUMNS for cells in done) and sum(done) > 4 * STEP_CELLS
