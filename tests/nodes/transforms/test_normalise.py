"""nodes/transforms/normalise.py against tests/vectors/normalise.json: the rules hold through the node."""

import json
import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from flowengine import Message
from flowengine.testing import TestContext, make, messages, payloads
from nodes.transforms.json import Json
from nodes.transforms.normalise import Normalise
from nodes.values.normalise import Unusable, time_ns

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "normalise.json").read_text("utf-8"))
ARRIVED_NS = VECTORS["receive_time_ms"] * 1_000_000


def value_of(case):
    given = case["in"]
    return float(given["$float"]) if isinstance(given, dict) and "$float" in given else given


def same(a, b):
    return type(a) is type(b) and a == b and not (isinstance(a, float) and math.isnan(a))


def normalised(config, value):
    return payloads(make(Normalise, config).process(messages([{"value": value}])))[0]["value"]


@pytest.mark.parametrize("case", VECTORS["number_from_text"], ids=lambda case: repr(case["in"]))
def test_text_becomes_a_number_in_a_field_and_bare(case):
    assert same(normalised("{}", case["in"]), case["out"])
    assert same(payloads(make(Normalise).process(messages([case["in"]])))[0], case["out"])


@pytest.mark.parametrize("case", VECTORS["number_from_json"], ids=lambda case: repr(case["in"]))
def test_json_values_become_numbers(case):
    assert same(normalised("{}", value_of(case)), case["out"])


@pytest.mark.parametrize("case", VECTORS["boolean_map"], ids=lambda case: repr(case["in"]))
def test_words_become_booleans(case):
    assert same(normalised("fields: {value: boolean}", case["in"]), case["out"])


@pytest.mark.parametrize("case", VECTORS["decimal_comma_option"], ids=lambda case: repr(case["in"]))
def test_decimal_commas_are_an_option(case):
    assert same(normalised("decimal_comma: true", case["in"]), case["out"])


@pytest.mark.parametrize("case", VECTORS["timestamp_ms"], ids=lambda case: repr(case["in"]))
def test_the_time_of_the_reading_or_of_its_arrival(case):
    given = Message({"value": 1, "time": case["in"]}, time_ns=ARRIVED_NS, arrived_ns=ARRIVED_NS)
    assert make(Normalise).process([given])[0].time_ns == case["out_ms"] * 1_000_000


def test_a_skew_limit_catches_a_forged_time_and_counts_it():
    context = TestContext()
    node = make(Normalise, "{ahead: 1m, age: 1h}", context)
    given = [Message({"value": 1, "time": t}, time_ns=ARRIVED_NS, arrived_ns=ARRIVED_NS)
             for t in ("2025-01-01T00:00:02.113Z", "2025-09-17T12:05:20Z", "2025-09-17T12:03:30Z")]  # fmt: skip
    assert [m.time_ns - ARRIVED_NS for m in node.process(given)] == [0, 0, 10_000_000_000]
    assert context.recorded.counted == {"too_old": 1, "too_far_ahead": 1}


def test_what_cannot_be_used_is_counted_by_reason():
    context = TestContext()
    make(Normalise, context=context).process(messages([{"value": "12abc"}, {"value": "", "time": "garbage"}]))
    assert context.recorded.counted == {"not_a_number": 1, "bad_time": 1}


def test_the_first_time_field_present_counts():
    node = make(Normalise, "time: [ts, time]")
    [out] = node.process(messages([{"time": 1758110600, "ts": 1758110601}]))
    assert out.time_ns == 1758110601_000000000
    [out] = node.process(messages([{"time": 1758110600, "ts": None}]))
    assert out.time_ns == 1758110600_000000000


def test_a_local_time_is_read_in_its_zone():
    [out] = make(Normalise, "zone: Europe/Paris").process(messages([{"time": "2025-09-17T14:03:20"}]))
    assert out.time_ns == 1758110600_000000000


def test_strict_rejects_instead():
    with pytest.raises(Unusable, match="value:not_a_number"):
        make(Normalise, "strict: true").process(messages([{"value": "x"}]))


def test_wrap_puts_a_bare_value_into_a_map():
    assert payloads(make(Normalise, "wrap: value").process(messages(["22.5", {"value": 1}]))) == [
        {"value": 22.5},
        {"value": 1},
    ]


def test_own_words_join_the_usual_ones():
    assert normalised("{fields: {value: boolean}, words: {Marche: true}}", " MARCHE ") is True
    assert normalised("{fields: {value: boolean}, words: {Marche: true}}", "off") is False


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValidationError, match="no such time zone"):
        make(Normalise, "zone: Mars/Base")


PIPELINES = json.loads((Path(__file__).parents[2] / "vectors" / "pipelines.json").read_text("utf-8"))["croissance"]


@pytest.mark.parametrize("case", [case for case in PIPELINES if "row" in case], ids=lambda case: case["in"]["topic"])
def test_a_payload_of_the_seed_becomes_the_value_and_time_of_its_row(case):
    given = Message(case["in"]["payload"], time_ns=ARRIVED_NS, arrived_ns=ARRIVED_NS)
    [out] = make(Normalise, "wrap: value").process(make(Json).process([given]))
    assert same(out.payload["value"], case["row"]["value"])
    at = case["row"]["time"]
    assert out.time_ns == (ARRIVED_NS if at == "receive time" else time_ns(at))


@pytest.mark.parametrize(
    ("word", "value"), [("CLOSE", False), ("closed", False), ("Open", True), ("ONLINE", True), ("ajar", None)]
)
def test_words_of_contacts_are_true_and_false(word: str, value: bool | None) -> None:
    node = make(Normalise, "fields: {state: boolean}")
    assert payloads(node.process(messages([{"state": word}]))) == [{"state": value}]
