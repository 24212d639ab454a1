"""A route that says what it takes: parameters are read and judged; names that no topic can hold are refused."""

from __future__ import annotations

import pytest

from flowengine import Message
from flowengine.testing import TestContext, make
from nodes.servers.http.described import BadRequest, Described, Judge, description_faults, operation, websocket
from nodes.sources.http_in import HttpIn

PARAMETERS = {
    "io": {"type": "string", "pattern": "^DO[0-9]$"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 10, "default": 5},
    "raw": {"type": "boolean"},
    "over": {"type": "number"},
    "tag": {"type": "array", "items": {"type": "integer"}},
}
ASKED = Described.model_validate({"parameters": PARAMETERS, "answers": {"200": "all", "409": {"description": "no"}}})


@pytest.mark.parametrize("name", ["#", "esp+1", "..", ".", "a/../b", "a*", "a\x00b", "a\\b", "x" * 256])
def test_a_capture_that_no_topic_file_or_key_can_hold_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="device is no name"):
        Judge(Described(), ["device"]).captured({"device": name})


def test_other_names_are_taken() -> None:
    for name in ("esp001", "température", "a/b.c", "$x", "a b"):
        assert Judge(Described(), ["device"]).captured({"device": name, "more": "#"}) == {"device": name}


def test_a_query_is_read_as_its_schema_says() -> None:
    judge = Judge(ASKED, ["io"])
    given = {"raw": "true", "over": "1.5", "tag": ["1", "2"]}
    assert judge.query(given) == {"limit": 5, "raw": True, "over": 1.5, "tag": [1, 2]}
    assert judge.query({"limit": "7", "tag": "3"}) == {"limit": 7, "tag": [3]}
    assert Judge(Described(), []).query({"any": "thing"}) == {"any": "thing"}


@pytest.mark.parametrize("parameters", [{}, {"io": {"type": "string"}}])
def test_a_route_that_names_no_query_refuses_any(parameters: dict[str, dict[str, str]]) -> None:
    judge = Judge(Described.model_validate({"parameters": parameters}), ["io"])
    assert judge.query({}) == {}
    with pytest.raises(BadRequest, match="this route takes no query"):
        judge.query({"limit": "5"})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": "0"}, "limit is too small; at least 1"),
        ({"limit": "five"}, "limit is not a whole number"),
        ({"raw": "yes"}, "raw is not true or false"),
        ({"limits": "5"}, "known are limit, raw, over, tag"),
    ],
)
def test_a_bad_query_is_refused_with_the_reason(query: dict[str, str], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        Judge(ASKED, ["io"]).query(query)


def test_an_operation_has_parameters_body_and_answers() -> None:
    made = operation(ASKED, ["io"], {"204": "stored"}, "application/json")
    assert [(each["name"], each["in"]) for each in made["parameters"]][:2] == [("io", "path"), ("limit", "query")]
    assert made["responses"].keys() == {"200", "409", "422", "503", "504"} and "requestBody" in made
    assert operation(Described(), [], {"204": "stored"}, "")["responses"]["204"] == {"description": "stored"}
    moved = Described.model_validate({"answers": {"307": "it is elsewhere"}})
    assert operation(moved, [], {"200": "the answer"}, "")["responses"].keys() == {"307", "422", "503", "504"}
    assert websocket(TestContext(), "tells")["responses"]["101"]


def test_a_schema_that_is_none_is_a_fault_of_its_option() -> None:
    bad = Described.model_validate(
        {
            "schema": {"type": "x"},
            "parameters": {"a": {"type": 1}},
            "answers": {"200": {"description": "", "schema": {"type": 1}}},
        }
    )
    assert [option for option, _ in description_faults(bad)] == ["schema", "parameters", "answers"]


def test_a_flow_test_sends_as_a_request_would_come() -> None:
    source = make(HttpIn, "{path: '/a/{io}', method: GET, parameters: {limit: {type: integer, default: 5}}}")
    received = source.received(Message({"limit": "3"}, meta={"io": "DO1"}))
    assert received.payload == {"limit": 3}
    with pytest.raises(BadRequest):
        source.received(Message({}, meta={"io": "#"}))
