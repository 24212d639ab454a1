"""nodes/values/normalise.py: every vector of normalise.json, then properties."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.values.normalise import (
    CLOCK_SET_NS,
    Rules,
    Unusable,
    boolean,
    checked_time_ns,
    normalise_payload,
    number,
    number_from_text,
    time_ns,
)

VECTORS = Path(__file__).parents[2] / "vectors"
CASES = json.loads((VECTORS / "normalise.json").read_text("utf-8"))
S = 1_000_000_000


def outside_json(value):
    return float(value["$float"]) if isinstance(value, dict) and "$float" in value else value


def ids(cases):
    return [repr(case["in"]) for case in cases]


@pytest.mark.parametrize("case", CASES["number_from_text"], ids=ids(CASES["number_from_text"]))
def test_text_becomes_the_number_it_spells(case):
    result = number_from_text(case["in"])
    assert result == case["out"] and type(result) is type(case["out"])


@pytest.mark.parametrize("case", CASES["number_from_json"], ids=ids(CASES["number_from_json"]))
def test_a_json_value_becomes_a_number_or_nothing(case):
    result = number(outside_json(case["in"]))
    assert result == case["out"] and type(result) is type(case["out"])


@pytest.mark.parametrize("case", CASES["boolean_map"], ids=ids(CASES["boolean_map"]))
def test_a_state_word_becomes_a_boolean(case):
    assert boolean(case["in"]) is case["out"]


@pytest.mark.parametrize("case", CASES["decimal_comma_option"], ids=ids(CASES["decimal_comma_option"]))
def test_a_decimal_comma_is_read_when_asked_for(case):
    assert number(case["in"], decimal_comma=True) == case["out"]


@pytest.mark.parametrize("case", CASES["timestamp_ms"], ids=ids(CASES["timestamp_ms"]))
def test_a_time_is_read_or_the_receive_time_stands_in(case):
    received_ns = CASES["receive_time_ms"] * 1_000_000
    faults = []
    _, at_ns = normalise_payload({"time": case["in"]}, Rules(), received_ns, faults)
    assert (received_ns if at_ns is None else at_ns) == case["out_ms"] * 1_000_000
    if case["note"].startswith("clock not set"):
        assert faults == ["time:bad_clock"]
    elif case["note"].startswith("unparsable"):
        assert faults == ["time:bad_time"]
    else:
        assert faults == []


DIRTY = [json.loads(line) for line in (VECTORS / "mqtt_dirty.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", [c for c in DIRTY if "payload" in c and c["kind"] in ("text", "number", "empty")])
def test_a_dirty_bare_payload_is_a_number_only_when_it_is_one(case):
    payload, _ = normalise_payload(case["payload"], Rules())
    assert (payload is not None) == (case["kind"] == "number")


def test_the_payload_is_not_changed_in_place_and_an_untouched_one_is_the_same_object():
    clean = {"value": 1.5, "time": "2025-09-17T12:03:20Z"}
    assert normalise_payload(clean, Rules())[0] is clean
    dirty = {"value": "1.5", "unit": "C"}
    assert normalise_payload(dirty, Rules())[0] == {"value": 1.5, "unit": "C"}
    assert dirty == {"value": "1.5", "unit": "C"}


def test_paths_reach_into_maps_and_a_star_takes_every_value():
    rules = Rules(fields={"metrics.*": "number", "relay.lamp": "boolean", "gone.x": "number"}, time=("ts", "time"))
    faults = []
    payload = {"ts": "2025-09-17T12:03:20.5Z", "metrics": {"t": "21,5", "rh": "61"}, "relay": {"lamp": "ON"}}
    result, at_ns = normalise_payload(payload, rules, 0, faults)
    assert result == {"ts": payload["ts"], "metrics": {"t": None, "rh": 61}, "relay": {"lamp": True}}
    assert faults == ["t:not_a_number"]
    assert at_ns == 1758110600500 * 1_000_000


def test_a_strict_rule_raises_with_every_reason():
    with pytest.raises(Unusable) as caught:
        normalise_payload({"value": "warm", "time": "noon"}, Rules(strict=True))
    assert caught.value.reasons == ["time:bad_time", "value:not_a_number"]


def test_either_takes_numbers_before_words():
    rules = Rules(fields={"value": "either"})
    assert normalise_payload("1", rules)[0] == 1
    assert normalise_payload("ON", rules)[0] is True
    assert normalise_payload(b"22.5", rules)[0] == 22.5
    assert normalise_payload(b"\xff", rules)[0] is None


def test_a_list_is_left_alone():
    payload = [{"value": "1"}]
    assert normalise_payload(payload, Rules())[0] is payload


def test_limits_on_time_are_measured_from_now():
    now_ns = 1758110600 * S
    rules = Rules(ahead_ns=60 * S, age_ns=3600 * S)
    assert checked_time_ns(1758110660, rules, now_ns) == (now_ns + 60 * S, None)
    assert checked_time_ns(1758110661, rules, now_ns) == (None, "too_far_ahead")
    assert checked_time_ns(1758107000, rules, now_ns) == (now_ns - 3600 * S, None)
    assert checked_time_ns(1758106999, rules, now_ns) == (None, "too_old")
    assert checked_time_ns(True, rules, now_ns) == (None, "bad_time")


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ("2025-09-17t12:03:20z", 1758110600 * S),
        ("2025-09-17 12:03:20Z", 1758110600 * S),
        ("2025-09-17T12:03:20.123456789Z", 1758110600 * S + 123456789),
        ("2025-09-17T12:03:20.1234567894Z", 1758110600 * S + 123456789),
        ("2025-09-17T06:33:20-05:30", 1758110600 * S),
        ("2016-12-31T23:59:60Z", 1483228800 * S),
        ("2025-09-17T12:03Z", 1758110580 * S),
        ("2025-02-30T12:03:20Z", None),
        ("2025-09-17T24:03:20Z", None),
        ("2025-09-17T12:03:20+25:00", None),
        ("2025-09-17T12:03:20.12xZ", None),
        ("٢025-09-17T12:03:20Z", None),
        ("2025-W38-3", None),
        ("-1e400", None),
    ],
)
def test_rfc_3339_corners(text, expected_ns):
    assert time_ns(text) == expected_ns


def test_a_time_without_zone_is_in_the_zone_that_the_rule_names():
    assert time_ns("2025-09-17T14:03:20", ZoneInfo("Europe/Paris")) == 1758110600 * S


@pytest.mark.parametrize("value", [1758110600, 1758110600_000, 1758110600_000_000, 1758110600_000_000_000])
def test_the_unit_of_an_epoch_number_is_told_by_its_size(value):
    assert time_ns(value) == time_ns(float(value)) == time_ns(str(value)) == 1758110600 * S


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**30, [], b"1"])
def test_what_is_no_time_is_none(value):
    assert time_ns(value) is None


def test_long_digits_cost_nothing_and_are_no_number():
    assert number_from_text("9" * 100_000) is None
    assert number_from_text("9" * 310) is None
    assert number(10**400) is None
    assert number_from_text("9" * 300) == int("9" * 300)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300))
def test_every_finite_number_survives_being_text(value):
    result = number_from_text(str(value))
    assert result == value and type(result) is type(value)


@given(st.text())
def test_any_text_is_a_finite_number_or_nothing(text):
    for comma in (False, True):
        result = number_from_text(text, comma)
        assert result is None or math.isfinite(float(result))


@given(st.integers(86_400_000_000, 7_000_000_000_000_000), st.integers(-23 * 60, 23 * 60))
def test_every_moment_survives_rfc_3339_in_every_offset(epoch_us, offset_min):
    whole = epoch_us * 1000
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=epoch_us)
    assert time_ns(moment.replace(tzinfo=None).isoformat() + "Z") == whole
    local = moment + timedelta(minutes=offset_min)
    sign, minutes = "-" if offset_min < 0 else "+", abs(offset_min)
    text = local.replace(tzinfo=None).isoformat() + f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    assert time_ns(text) == whole


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["value", "time", "ts", "x"]), JSON_VALUES) | JSON_VALUES)
def test_any_payload_gives_a_usable_one_and_a_trusted_time(payload):
    result, at_ns = normalise_payload(payload, Rules(fields={"value": "number", "x.*": "either"}))
    assert at_ns is None or at_ns >= CLOCK_SET_NS
    value = result.get("value") if isinstance(result, dict) else result
    if not isinstance(value, list):
        assert value is None or (isinstance(value, int | float) and math.isfinite(value))
