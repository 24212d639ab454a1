"""nodes/stateful/csv.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.testing import make, messages, payloads
from nodes.stateful.csv import Csv

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


def converted(config, payload):
    return payloads(made(config, payload).messages)[0]


def made(config, *given):
    return make(Csv, config).process(messages(given), 0)


@given(st.lists(st.fixed_dictionaries({"a": CELLS, "b": CELLS}), min_size=1, max_size=4))
def test_csv_reads_what_it_wrote(rows):
    assert converted("types: none", converted("action: encode", rows)) == rows


def test_csv_reads_bytes_with_given_columns_or_none():
    assert converted("{header: false, columns: [a, b]}", b"1,x\n") == [{"a": 1, "b": "x"}]
    assert converted("{header: false, types: none}", b"1,x\n") == [["1", "x"]]
    assert converted("delimiter: auto", "a;b\n1;2\n") == [{"a": 1, "b": 2}]


def test_csv_writes_one_map_and_lists():
    assert converted("{header: false}", {"a": 1, "b": None}) == "1,\r\n"
    assert converted("action: encode", [[1, "x,y"]]) == '1,"x,y"\r\n'


@pytest.mark.parametrize(
    ("config", "payload", "reason"),
    [
        ("action: decode", 5, "neither text nor bytes"),
        ("{}", 5, "neither a map nor a list"),
        ("{}", [1, {}], "neither a map nor a list"),
        ("max_rows: 1", "a\n1\n2\n", "more than 1 row"),
    ],
)
def test_csv_rejects_what_it_cannot_read_or_write_and_nothing_else(config, payload, reason):
    out, _, rejected, _ = made(config, payload, "a")
    assert payloads(out) == [[]]
    assert rejected[0][0].payload == payload and reason in rejected[0][1] and len(rejected) == 1


def test_a_delimiter_of_two_characters_is_found_before_the_flow_runs():
    assert [option for option, _ in Csv.check(Csv.config_type().model_validate({"delimiter": "||"}))] == ["delimiter"]


def test_a_ragged_row_is_rejected_alone_and_its_file_goes_on():
    good, _, rejected, _ = made("{}", "a,b\n1,2\n3\n5,6\n", "a\n7\n")
    assert payloads(good) == [[{"a": 1, "b": 2}, {"a": 5, "b": 6}], [{"a": 7}]]
    assert [(message.payload, reason) for message, reason in rejected] == [(["3"], "row 3 has 1 cell, not 2")]


ROWS = [{f"c{n}": n for n in range(8)} for _ in range(10_000)]


@pytest.mark.parametrize("payload", [ROWS, "a,b,c,d,e,f,g,h\n" + "1,2,3,4,5,6,7,8\n" * 10_000], ids=["write", "read"])
def test_a_large_table_takes_turns_and_those_behind_it_keep_their_place(payload):
    node = make(Csv)
    emits = [node.process(messages([payload, "a\n1\n"]), 0)]
    while node.wake_at_s() is not None:
        emits.append(node.on_time(0))
    assert len(emits) > 4 and all(not emit.messages and emit.finished == 0 for emit in emits[:-1])
    assert len(payloads(emits[-1].messages)[0]) >= 10_000 and payloads(emits[-1].messages)[1] == [{"a": 1}]


def test_a_large_table_leaves_before_the_node_goes():
    node = make(Csv)
    assert node.process(messages([ROWS]), 0).messages == () or node.wake_at_s() is not None
    assert payloads(node.flush(0).messages)[0].count("\n") == 10_001
