"""nodes/transforms/csv.py"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Rejected
from flowengine.testing import make, messages, payloads
from nodes.codecs.csv.rows import BadCsv
from nodes.transforms.csv import Csv

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


def converted(config, payload):
    return payloads(make(Csv, config).process(messages([payload])))[0]


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


def test_csv_rejects_what_it_cannot_read_or_write():
    for config, payload in [("action: decode", 5), ("{}", 5), ("{}", [1, {}])]:
        with pytest.raises(Rejected):
            converted(config, payload)
    with pytest.raises(BadCsv):
        converted("max_rows: 1", "a\n1\n2\n")


def test_a_delimiter_of_two_characters_is_found_before_the_flow_runs():
    assert [option for option, _ in Csv.check(Csv.config_type().model_validate({"delimiter": "||"}))] == ["delimiter"]


def test_a_ragged_row_is_rejected_alone_and_its_file_goes_on():
    good, _, rejected, _ = make(Csv, "{}").process(messages(["a,b\n1,2\n3\n5,6\n", "a\n7\n"]))
    assert payloads(good) == [[{"a": 1, "b": 2}, {"a": 5, "b": 6}], [{"a": 7}]]
    assert [(message.payload, reason) for message, reason in rejected] == [(["3"], "row 3 has 1 cells, not 2")]
