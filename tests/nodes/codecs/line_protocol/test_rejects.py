"""nodes/codecs/line_protocol/rejects.py: answers of InfluxDB 1, 2 and 3."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.line_protocol.encode import rejected_lines

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "influx_line_protocol.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["name"])
def test_influxdb_1_names_the_line_it_cannot_read(case):
    said = case["influxdb_1_6_7"].removeprefix("rejected: ")
    body = json.dumps({"error": f"partial write: {said} dropped=0"})
    reason = said.split("': ", 1)[1]
    assert rejected_lines(400, body, ["m f=1 1", case["line"], "m f=3 3"]) == {1: reason}


EXPECTED = {"one_bad_in_three": {1: "invalid number"}, "crlf_lines": {0: "bad timestamp", 1: "bad timestamp"}}


@pytest.mark.parametrize("case", VECTORS["batches"], ids=lambda case: case["name"])
def test_each_batch_answer_is_understood(case):
    answer = case["influxdb_1_6_7"]
    body = "" if answer["error"] is None else json.dumps({"error": answer["error"]})
    lines = case["body"].removesuffix("\n").split("\n")
    wanted = {} if answer["status"] == 204 else EXPECTED.get(case["name"])
    assert rejected_lines(answer["status"], body, lines) == wanted


def test_a_quote_inside_the_line_does_not_end_it():
    lines = ["m f='a': b 1", "m,t=it's f=x 1"]
    error = "unable to parse 'm f='a': b 1': invalid boolean\nunable to parse 'm,t=it's f=x 1': invalid boolean"
    body = json.dumps({"code": "invalid", "message": error})
    assert rejected_lines(400, body, lines) == {0: "invalid boolean", 1: "invalid boolean"}


def test_a_line_sent_twice_is_refused_twice():
    body = json.dumps({"error": "unable to parse 'm f=x 1': invalid boolean"})
    assert rejected_lines(400, body, ["m f=x 1", "m f=1 1", "m f=x 1"]).keys() == {0, 2}


CONFLICT = (
    'partial write: field type conflict: input field "g" on measurement "a17" is type float, '
    "already exists as type integer dropped={}"
)


def test_a_type_conflict_that_explains_the_count_is_believed():
    lines = ["a17 g=1i 1", "a17 g=2 2", "a17 f=2 3", "b g=3 4"]
    body = json.dumps({"code": "unprocessable entity", "message": CONFLICT.format(1)})
    assert list(rejected_lines(422, body, lines)) == [1]


def test_a_type_conflict_that_does_not_explain_the_count_is_not_guessed():
    lines = ["a17 f=1,g=1i 1", "a17 g=1 2", "a17 f=2 3", "a17 f=2i 4", "a17 f=t 4"]
    assert rejected_lines(400, json.dumps({"error": CONFLICT.format(3)}), lines) is None  # influxd 1.6.7 said this


def test_influxdb_3_lists_line_numbers():
    body = json.dumps(
        {
            "error": "partial write of line protocol occurred",
            "data": [{"original_line": "m f=NaN", "line_number": 2, "error_message": "invalid column type"}],
        }
    )
    assert rejected_lines(400, body, ["m f=1 1", "m f=NaN 2"]) == {1: "invalid column type"}
    assert rejected_lines(400, body, ['m f="a\nb" 1', "m f=1 2", "m f=NaN 3"]) is None


def test_influxdb_cloud_gives_the_first_line():
    assert rejected_lines(400, '{"code":"invalid","message":"bad","line":2}', ["a f=1", "b"]) == {1: "bad"}


@pytest.mark.parametrize("status", [401, 404, 413, 429, 500, 503])
def test_other_answers_are_not_about_lines(status):
    assert rejected_lines(status, "unable to parse 'm': missing fields", ["m"]) is None


def test_rows_beyond_retention_are_left_to_trial():
    assert (
        rejected_lines(400, '{"error":"partial write: points beyond retention policy dropped=2"}', ["m f=1 1"]) is None
    )


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: (
            st.lists(x) | st.dictionaries(st.sampled_from(["error", "message", "data", "line", "line_number"]), x)
        ),
    ).map(json.dumps)
)
def test_no_answer_crashes_or_names_a_line_that_was_not_sent(body):
    found = rejected_lines(400, body, ["m f=1 1"])
    assert found is None or set(found) <= {0}
