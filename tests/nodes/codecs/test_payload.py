"""Payload formats against the MessagePack and MQTT vectors, their limits, and round trips. For CBOR see test_cbor."""

import base64
import json
import math
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs import payload
from nodes.codecs.dirty import bare
from nodes.codecs.payload import FORMATS, BadPayload, decoder, encoder
from nodes.codecs.plain import plain
from nodes.codecs.refusals import MAX_VALUES
from tests.nodes.vector_notation import extension_of, same, value_of

VECTORS = Path(__file__).parents[2] / "vectors"
MSGPACK = json.loads((VECTORS / "msgpack.json").read_text())
MQTT = [
    json.loads(line)
    for name in ("mqtt_payloads.jsonl", "mqtt_dirty.jsonl")
    for line in (VECTORS / name).read_text().splitlines()
]


BROKEN = ("trailing comma", "cut", "two objects", "Latin-1 bytes in JSON", "UTF-8 encoded surrogate")
"""Records that strict JSON has not, and that must not pass as text."""


def finite_float(text):
    value = float(text)
    return value if math.isfinite(value) else None


def is_extension(entry):
    return entry["name"].startswith("ext_len") or entry["name"] == "ext8_len1_timestamp_like"


def meaning(entry):
    return extension_of(entry["value"]) if is_extension(entry) else value_of(entry["value"])


def refusal(formats, data, **limits):
    with pytest.raises(BadPayload) as caught:
        decoder(formats, **limits)(data)
    return caught.value.reason


@pytest.mark.parametrize("entry", MSGPACK["canonical"] + MSGPACK["decode_only"], ids=lambda entry: entry["name"])
def test_messagepack_is_decoded_as_in_the_vectors(entry):
    if entry["name"] == "map_nonstring_keys":  # one is a float: 0005-vectors.md
        assert refusal("msgpack", bytes.fromhex(entry["hex"])) == "bad_key"
        return
    assert same(decoder("msgpack")(bytes.fromhex(entry["hex"])), meaning(entry))


@pytest.mark.parametrize("entry", MSGPACK["canonical"], ids=lambda entry: entry["name"])
def test_messagepack_is_encoded_as_in_the_vectors(entry):
    wire = encoder("msgpack")(meaning(entry))
    if entry["name"].startswith("float32"):  # the value is the same; we write doubles
        assert same(decoder("msgpack")(wire), meaning(entry))
    elif entry["name"] != "ts64_34bit_max":  # a datetime has no nanoseconds: 0005-vectors.md
        assert wire == bytes.fromhex(entry["hex"])


@pytest.mark.parametrize("entry", MSGPACK["invalid"], ids=lambda entry: entry["name"])
def test_messagepack_that_is_invalid_is_refused(entry):
    reasons = {"empty": "empty", "bad_utf8_str": "not_utf8", "deep_nesting": "too_deep"}
    reasons |= dict.fromkeys(("ts_bad_len", "ts64_nsec_too_big"), "out_of_range")
    assert refusal("msgpack", bytes.fromhex(entry["hex"])) == reasons.get(entry["name"], "malformed")


@pytest.mark.parametrize("entry", MQTT, ids=lambda entry: entry["topic"])
def test_auto_reads_the_payloads_of_the_field_as_what_they_are(entry):
    data = base64.b64decode(entry["payload_b64"]) if "payload_b64" in entry else entry["payload"].encode()
    if entry["kind"] == "invalid_json" or entry.get("note") in BROKEN:  # 0020-mended-records.md
        assert refusal("auto", data) in ("too_deep", "malformed", "not_utf8")
        return
    value = decoder("auto")(data)
    if entry["kind"] in ("json", "number") or entry.get("note") in ("BOM", "trailing NUL (C string length error)"):
        assert same(value, json.loads(bare(data), parse_constant=lambda word: None, parse_float=finite_float))
        assert same(decoder("json")(data), value)
    else:
        assert value == (data if entry["kind"] == "binary" else entry["payload"])
        assert refusal("json", data) in ("empty", "malformed", "not_utf8")


def test_the_vectors_kinds_are_all_there():
    kinds = Counter(entry["kind"] for entry in MQTT)
    assert set(kinds) == {"json", "number", "text", "empty", "binary", "invalid_json"}
    assert min(kinds.values()) >= 1


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b'{"a": NaNo}', b"[nanny]", b"\xef\xbb\xbf"])
def test_what_is_no_json_is_refused(text):
    assert refusal("json", text) == "malformed"


@pytest.mark.parametrize("text", [b"1e999", b"1" * 5000])
def test_a_number_no_double_holds_is_refused_even_as_auto(text):
    assert refusal("json", text) == refusal("auto", text) == "out_of_range"


def test_of_equal_keys_the_last_one_wins_in_every_format():
    assert decoder("json")(b'{"a":1,"a":2}') == {"a": 2}
    assert decoder("msgpack")(bytes.fromhex("82a16101a16102")) == {"a": 2}
    assert decoder("cbor")(bytes.fromhex("a2616101616102")) == {"a": 2}


@pytest.mark.parametrize("form", FORMATS)
def test_a_payload_above_the_limit_is_refused(form):
    data = b"1" if form != "text" else b"x"
    assert refusal(form, data * 11, max_bytes=10) == "too_large"
    assert refusal([form, "bytes"], data * 11, max_bytes=10) == "too_large"


@pytest.mark.parametrize("big_bytes", [1 << 20, 8 << 20])
def test_a_large_payload_is_read_up_to_the_limit(big_bytes):
    data = b'{"value":1,"pad":"' + b"x" * (big_bytes - 20) + b'"}'
    assert len(data) == big_bytes
    assert decoder("json", max_bytes=big_bytes)(data)["value"] == 1
    assert refusal("json", data, max_bytes=big_bytes - 1) == "too_large"


def nested(form, depth):
    if form == "json":
        return b"[" * depth + b"0" + b"]" * depth
    return (b"\x91" if form == "msgpack" else b"\x81") * depth + b"\x00"


def nested_maps(form, depth):
    value = {"k": 0}
    for _ in range(depth - 1):
        value = {"k": [], "j": value}
    return encoder(form)(value)


@pytest.mark.parametrize("nest", [nested, nested_maps])
@pytest.mark.parametrize("form", ["json", "msgpack", "cbor"])
def test_sixty_four_containers_inside_each_other_pass_and_one_more_does_not(form, nest):
    decoder(form)(nest(form, 64))
    assert refusal(form, nest(form, 65)) == "too_deep"
    decoder(form, max_depth=3)(nest(form, 3))
    assert refusal(form, nest(form, 4), max_depth=3) == "too_deep"


@pytest.mark.parametrize("form", ["json", "msgpack", "cbor"])
@pytest.mark.parametrize("depth", [1000, 100_000])
def test_depth_that_would_break_the_stack_is_refused(form, depth):
    assert refusal(form, nested(form, depth)) == "too_deep"


def test_wide_is_not_deep():
    wide = [{"n": "[[[[", "v": [index]} for index in range(200)]
    for form in ("json", "msgpack", "cbor"):
        assert decoder(form)(encoder(form)(wide)) == wide


def test_formats_are_tried_in_order_and_later_ones_counted():
    counts: Counter[str] = Counter()
    decode = decoder(["msgpack", "cbor", "text"], fallbacks=counts)
    assert [decode(data) for data in (b"\x81\xa1a\x01", b"\xa1aa\x01", b"hello")] == [{"a": 1}, {"a": 1}, "hello"]
    assert counts == {"cbor": 1, "text": 1}


def test_the_refusal_of_several_formats_tells_each():
    with pytest.raises(BadPayload, match=r"^malformed: msgpack malformed: .*; cbor malformed: .*; text not_utf8: "):
        decoder(["msgpack", "cbor", "text"])(b"\xc1\xff")


@pytest.mark.parametrize("formats", ["xml", [], ["json", "xml"]])
def test_an_unknown_format_names_those_there_are(formats):
    for make in (decoder, encoder):
        with pytest.raises(ValueError, match=r"no such format: .*; use auto, json"):
            make(formats)


def test_times_travel_in_every_format():
    time = datetime(2025, 9, 17, 12, 3, 20, 123000, UTC)
    assert decoder("msgpack")(encoder("msgpack")(time)) == time
    assert decoder("cbor")(encoder("cbor")(time)) == time
    assert encoder("json")(time) == b'"2025-09-17T12:03:20.123000Z"'


def test_a_messagepack_time_comes_to_the_nearest_microsecond():
    value = decoder("msgpack")(bytes.fromhex("d7ffee6b27ffffffffff"))  # 17179869183 s and 999999999 ns
    assert value == datetime(2514, 5, 30, 1, 53, 4, tzinfo=UTC)


def test_json_writes_what_it_can_hold():
    value = [float("nan"), float("inf"), b"ab", cbor2.undefined, cbor2.CBORTag(32, "u"), cbor2.CBORSimpleValue(16)]
    value += [msgspec.msgpack.Ext(5, b"\x01"), cbor2.frozendict({"a": 1})]
    expected = [None, None, "YWI=", None, "u", 16, {"code": 5, "data": "AQ=="}, {"a": 1}]
    assert json.loads(encoder("json")(value)) == expected
    with pytest.raises(TypeError, match="a value of kind object has no place"):
        plain(object())


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("json", {(1, 2): 3}),
        ("json", "\ud800"),
        ("json", object()),
        ("msgpack", 1 << 64),
        ("msgpack", object()),
        ("cbor", object()),
        ("cbor", "\ud800"),
        ("text", "\ud800"),
        ("bytes", 5),
        ("bytes", {}),
    ],
)
def test_a_value_the_format_cannot_hold_is_refused(form, value):
    with pytest.raises(BadPayload) as caught:
        encoder(form)(value)
    assert caught.value.reason == "unencodable"


def test_text_and_bytes_leave_as_they_are():
    for form in ("auto", "text", "bytes"):
        assert encoder(form)("é") == "é".encode()
        assert encoder(form)(b"\xff") == b"\xff"
    for form in ("auto", "text"):
        assert encoder(form)({"a": [1, None]}) == b'{"a":[1,null]}'
        assert encoder(form)(True) == b"true"
    assert encoder(["cbor", "json"])(1) == b"\x01"


scalars = st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False) | st.text()
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(st.sampled_from(("msgpack", "cbor")), trees.filter(lambda tree: "inf" not in repr(tree)) | st.binary())
def test_binary_formats_give_back_what_they_took(form, value):
    assert same(decoder(form)(encoder(form)(value)), value)


keys = st.text(max_size=3) | st.binary(max_size=3) | st.integers(0, 300) | st.booleans() | st.none() | st.floats()
fields = (
    scalars
    | st.binary(max_size=3)
    | st.floats()
    | st.lists(scalars, max_size=2)
    | st.just(datetime(2026, 1, 1, tzinfo=UTC))
)


@given(st.dictionaries(st.text(max_size=3) | keys, fields, max_size=4), st.integers(0, 3))
def test_a_record_alone_is_read_as_it_is_inside_a_list(record, cut):
    """The usual record is read a shorter way than what holds others."""
    data = msgspec.msgpack.encode(record)
    data = data[: len(data) - cut]
    counted_alone, counted_inside = Counter(), Counter()
    try:
        [expected] = decoder("msgpack", count=lambda why, n: counted_inside.update({why: n}))(b"\x91" + data)
    except BadPayload as inside:
        expected = inside.reason
    try:
        alone = decoder("msgpack", count=lambda why, n: counted_alone.update({why: n}))(data)
    except BadPayload as refused:
        alone = refused.reason
    assert same(alone, expected) or data == b""
    assert counted_alone == counted_inside


def test_the_usual_record_is_read_the_short_way_and_others_are_not(monkeypatch):
    looked_at = []
    monkeypatch.setattr(payload, "check_keys", looked_at.append)
    decode = decoder("msgpack")
    for record in ({"value": 20.5, "ok": True, "n": 1, "unit": "C", "none": None}, {"value": 1}):
        decode(msgspec.msgpack.encode(record))
    assert looked_at == []
    decode(msgspec.msgpack.encode({"values": [1]}))
    assert looked_at == [{"values": [1]}]


@given(trees.filter(lambda tree: "inf" not in repr(tree)))
def test_json_gives_back_what_it_took(value):
    assert same(decoder("json")(encoder("json")(value)), value)
    if not isinstance(value, str):
        assert same(decoder("auto")(encoder("auto")(value)), value)


@given(st.binary(max_size=200), st.lists(st.sampled_from(FORMATS), min_size=1, max_size=3))
def test_noise_gives_a_value_or_a_refusal_and_nothing_else(noise, formats):
    try:
        value = decoder(formats)(noise)
    except BadPayload as refused:
        assert refused.reason in {"empty", "too_deep", "bad_key", "malformed", "not_utf8", "out_of_range"}
    else:
        try:
            encoder("json")(value)
        except BadPayload as refused:
            assert refused.reason == "unencodable"


@given(st.binary(max_size=100))
def test_auto_reads_everything_that_breaks_no_limit(noise):
    try:
        value = decoder("auto")(noise)
    except BadPayload as refused:
        assert refused.reason in {"too_deep", "out_of_range"}
    else:
        if isinstance(value, str) and not noise.startswith(b'"'):
            assert value.encode() == noise or b'"' in noise


@given(st.text(max_size=50))
def test_depth_is_not_fooled_by_brackets_in_text(text):
    deep = b"[" * 70 + json.dumps(text + "]" * 70).encode() + b"]" * 70
    assert refusal("json", deep) == "too_deep"
    assert decoder("json")(json.dumps("[" * 70 + text).encode()) == "[" * 70 + text


@pytest.mark.parametrize("field", ["NaN", "nan", "-NaN", "Infinity", "-inf", "1e400", "-1e999"])
def test_a_field_that_is_not_finite_is_null_counted_and_costs_no_other_field(field):
    counted = Counter()
    data = f'{{"t": 21.5, "text": "a NaN, 1e400 \\" nan", "x": [{field}, 1]}}'.encode()
    for form in ("json", "auto"):
        value = decoder(form, count=lambda reason, n: counted.update({reason: n}))(data)
        assert value == {"t": 21.5, "text": 'a NaN, 1e400 " nan', "x": [None, 1]}
    assert counted == {"field not finite": 2}


@pytest.mark.parametrize("form", ["msgpack", "cbor"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_binary_records_keep_their_other_fields_too(form, number):
    counted = Counter()
    wire = encoder(form)({"t": 21.5, "x": [number, b"\xcb\x7f\xff"]})
    value = decoder(form, count=lambda reason, n: counted.update({reason: n}))(wire)
    assert value == {"t": 21.5, "x": [None, b"\xcb\x7f\xff"]} and counted == {"field not finite": 1}


@pytest.mark.parametrize(
    "data", [b'{"a":1,}', b'[{"a":1}', b"[1, 2", b'{"a":1}x', b'\xef\xbb\xbf{"a":}', b'{"a":"\xe9"}']
)
def test_what_begins_like_a_record_and_is_none_is_refused_with_its_place(data):
    with pytest.raises(BadPayload, match=r"byte|more follows"):
        decoder("auto")(data)


@pytest.mark.parametrize("text", ["[INFO] up", "{up}", "{a: 1}", "[a]", "NaN", 'hello {"a":1}'])
def test_plain_text_stays_text(text):
    assert decoder("auto")(text.encode()) == text


@pytest.mark.parametrize("around", [b"\xef\xbb\xbf%s", b"%s\0", b"\xef\xbb\xbf%s\0\0"])
def test_a_byte_order_mark_and_trailing_nuls_are_skipped(around):
    for form in ("json", "auto"):
        assert decoder(form)(around % b'{"a":1}') == {"a": 1}


def test_a_time_beyond_the_calendar_is_null_and_costs_no_other_field():
    counted = Counter()
    far, near = b"\xc7\x0c\xff" + bytes(4) + (2**40).to_bytes(8, "big"), b"\xc7\x0c\xff" + bytes(12)
    wire = b"\x84\xa1a" + far + b"\xa1b\x01\xa1c" + near + b"\xa1d\xc4\x03\xc7\x0c\xff"
    value = decoder("msgpack", count=lambda reason, n: counted.update({reason: n}))(wire)
    assert value == {"a": None, "b": 1, "c": datetime(1970, 1, 1, tzinfo=UTC), "d": b"\xc7\x0c\xff"}
    value = decoder("cbor", count=lambda reason, n: counted.update({reason: n}))(
        bytes.fromhex("a26161c11b0000010000000000616201")
    )
    assert value == {"a": None, "b": 1} and counted == {"time out of range": 2}


@pytest.mark.parametrize(
    "time", ["d4ff00", "d5ff0000", "d7ffee6b280400000005", "c700ff", "c80005ff0000000005", "d8ff" + "00" * 16]
)
def test_a_time_that_is_none_is_null_and_no_number_beside_it_is_changed(time):
    wire = bytes.fromhex(f"84a161{time}a162cbd7ffc70cffd4ff01a163c403c70cffa164d4054e")
    counted = Counter()
    value = decoder("msgpack", count=lambda reason, n: counted.update({reason: n}))(wire)
    assert value["a"] is None and counted == {"time out of range": 1}
    assert msgspec.msgpack.encode(value["b"]).hex() == "cbd7ffc70cffd4ff01" and value["c"] == b"\xc7\x0c\xff"
    assert (value["d"].code, bytes(value["d"].data)) == (5, b"\x4e")
    with pytest.raises(BadPayload, match=r"out_of_range: a time is none$"):
        decoder("msgpack")(bytes.fromhex(time))


@pytest.mark.parametrize(
    ("wire", "value"),
    [("c48221196ab3", 273.15), ("c482020f", 1500), ("c5822003", 1.5), ("81f7", [None]),
     ("a16161c4821a7fffffff01", {"a": None})],
)  # fmt: skip
def test_decimals_are_numbers_and_undefined_is_null(wire, value):
    assert decoder("cbor")(bytes.fromhex(wire)) == value


MANY = MAX_VALUES + 1
CROWDED = {
    "json": [b"[" + b"1," * MANY + b"1]", b"[" + b"[]," * MANY + b"1]", b'{"a":[' + b'{"a":1},' * MANY + b"1]}"],
    "msgpack": [b"\xdd" + MANY.to_bytes(4, "big") + b"\x90" * MANY,
                b"\x91" * 60 + b"\xdd" + MANY.to_bytes(4, "big") + b"\1" * MANY],
    "cbor": [b"\x9a" + MANY.to_bytes(4, "big") + b"\x80" * MANY, b"\x9f" + b"\xf6" * MANY + b"\xff"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, each in CROWDED.items() for data in each])
def test_a_payload_of_more_values_than_a_turn_has_time_for_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(BadPayload, match=f"it holds more than {MAX_VALUES} values") as refused:
        decoder(name)(data)
    assert refused.value.reason == "too_many"


def test_who_allows_larger_payloads_allows_more_values() -> None:
    data = b"[" + b"1," * MANY + b"1]"
    assert len(decoder("json", max_bytes=16 << 20)(data)) == MANY + 1


@pytest.mark.parametrize("text", [b'"' + b"[," * MANY + b'"', b'{"a": "' + b'\\"[{' * MANY + b'"}'])
def test_what_looks_like_many_values_within_a_text_is_one(text: bytes) -> None:
    assert decoder("json")(text)
