"""Binary layouts: registers as devices send them, bits, text, BCD, and round trips of any layout."""

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.binary.fields import FLOATS, INTEGERS, TYPES, BadLayout, BadRecord
from nodes.codecs.binary.layout import Layout


def one(kind, **options):
    return Layout([{"name": "x", "type": kind, **options}])


def decoded(kind, data, **options):
    return one(kind, **options).decode(bytes.fromhex(data))["x"]


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        ("u8", "ff", 255),
        ("i8", "ff", -1),
        ("u16", "0102", 258),
        ("i16", "fffe", -2),
        ("u24", "010203", 66051),
        ("i24", "ffffff", -1),
        ("u32", "00010000", 65536),
        ("i32", "80000000", -(2**31)),
        ("u64", "ffffffffffffffff", 2**64 - 1),
        ("i64", "ffffffffffffffff", -1),
        ("f32", "3f800000", 1.0),
        ("f64", "4037800000000000", 23.5),
        ("bool", "00", False),
        ("bool", "02", True),
        ("text", "414200ff", "AB"),
        ("bytes", "4100", b"A\x00"),
    ],
)
def test_each_type_is_read_big_endian(kind, data, value):
    found = decoded(kind, data)
    assert (found, type(found)) == (value, type(value))
    if kind in INTEGERS or kind in FLOATS:
        turned = bytes.fromhex(data)[::-1].hex()
        assert decoded(kind, turned, endian="little") == value
        assert one(kind).encode({"x": value}) == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("data", "endian", "word_order"),
    [
        ("449a5225", "big", None),  # ABCD
        ("5225449a", "big", "little"),  # CDAB: the low register first
        ("9a442552", "little", "big"),  # BADC
        ("25529a44", "little", None),  # DCBA
    ],
)
def test_a_float_in_two_registers_is_read_in_all_four_orders(data, endian, word_order):
    value = decoded("f32", data, endian=endian, word_order=word_order)
    assert value == pytest.approx(1234.567, abs=1e-4)
    layout = Layout([{"name": "x", "type": "f32"}], endian, word_order)
    assert layout.decode(bytes.fromhex(data)) == {"x": value}
    assert layout.encode({"x": value}) == bytes.fromhex(data)


def test_words_of_a_long_number_are_turned_and_those_of_a_short_one_not():
    assert decoded("u64", "0004000300020001", word_order="little") == 0x0001000200030004
    assert decoded("u16", "0102", word_order="little") == 0x0102
    assert decoded("u24", "010203", word_order="little") == 0x010203


def test_scale_and_offset_give_physical_values_without_noise():
    assert decoded("i16", "00eb", scale=0.1) == 23.5
    assert [decoded("u16", f"{raw:04x}", scale=0.1) for raw in range(3000)] == [raw / 10 for raw in range(3000)]
    assert decoded("u8", "50", scale=0.5, offset_value=-40) == 0.0
    assert decoded("u8", "02", scale=10) == 20
    assert isinstance(decoded("u8", "02", scale=10), int)
    assert one("u8", scale=0.5, offset_value=-40).encode({"x": 12.5}) == b"\x69"


def test_a_meters_frame():
    layout = Layout(
        [
            {"name": "voltage_v", "type": "u16", "scale": 0.1},
            {"name": "current_a", "type": "u32", "scale": 0.001, "word_order": "little"},
            {"name": "alarm", "type": "bool", "bit": 0, "of": "u16"},
            {"name": "phase", "type": "bits", "bit": 4, "bits": 2, "of": "u16"},
            {"name": "serial", "type": "bcd", "count": 3},
            {"name": "model", "type": "text", "count": 4},
            {"name": "samples", "type": "i8", "count": 3},
            {"name": "rest", "type": "bytes"},
        ]
    )
    record = bytes.fromhex("08ec 0190 0000 0021 123456 504d3300 ff0001 aabb")
    values = {
        "voltage_v": 228.4,
        "current_a": 0.4,
        "alarm": True,
        "phase": 2,
        "serial": 123456,
        "model": "PM3",
        "samples": [-1, 0, 1],
        "rest": b"\xaa\xbb",
    }
    assert layout.decode(record) == values
    assert list(layout.decode(record)) == list(values)
    assert layout.encode(values) == record
    assert layout.size_bytes == 18


def test_fields_lie_where_they_say():
    layout = Layout(
        [
            {"name": "b", "type": "u8", "offset": 3},
            {"name": "c", "type": "u8"},
            {"name": "a", "type": "u8", "offset": 0},
        ]
    )
    assert layout.decode(b"\x01\x02\x03\x04\x05") == {"b": 4, "c": 5, "a": 1}
    assert layout.encode({"a": 1, "b": 4, "c": 5}) == b"\x01\x00\x00\x04\x05"


def test_bits_share_a_container_while_they_rise():
    layout = Layout(
        [
            {"name": "low", "type": "bits", "bits": 4},
            {"name": "high", "type": "bits", "bit": 4, "bits": 4, "scale": 2},
            {"name": "next", "type": "bool", "bit": 0},
        ]
    )
    assert layout.size_bytes == 2
    assert layout.decode(b"\x52\x01") == {"low": 2, "high": 10, "next": True}
    assert layout.encode({"low": 2, "high": 10, "next": True}) == b"\x52\x01"


def test_bits_of_another_byte_order_have_a_container_of_their_own():
    other = {"name": "b", "type": "bits", "of": "u16", "bit": 8, "endian": "little"}
    assert Layout([{"name": "a", "type": "bits", "of": "u16"}, other]).size_bytes == 4


def test_bcd_is_decimal_in_both_orders():
    assert decoded("bcd", "0142", count=2) == 142
    assert decoded("bcd", "4201", count=2, endian="little") == 142
    assert decoded("bcd", "0142", count=2, scale=0.1) == 14.2
    assert one("bcd", count=2, endian="little").encode({"x": 142}) == b"\x42\x01"
    with pytest.raises(BadRecord, match="x: 0a42 is no BCD"):
        decoded("bcd", "0a42", count=2)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in ("text", "bytes")])
def test_a_record_too_short_says_what_it_needs(kind):
    layout = one(kind, count=2) if kind == "bcd" else one(kind)
    with pytest.raises(BadRecord, match=rf"has {layout.size_bytes - 1} bytes?, its fields need {layout.size_bytes}"):
        layout.decode(bytes(layout.size_bytes - 1))


def test_text_that_is_not_of_its_encoding_is_refused():
    with pytest.raises(BadRecord, match=r"^x: .*utf-8"):
        decoded("text", "ff")
    assert decoded("text", "e9", encoding="latin-1") == "é"


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"type": "u8"}, 256),
        ({"type": "u8"}, -1),
        ({"type": "u8", "scale": 0.1}, 30),
        ({"type": "u8"}, "5"),
        ({"type": "u8"}, None),
        ({"type": "u8"}, float("nan")),
        ({"type": "i32"}, float("inf")),
        ({"type": "f32"}, 1e300),
        ({"type": "bits", "bits": 2}, 4),
        ({"type": "bcd", "count": 1}, 100),
        ({"type": "bcd", "count": 1}, -1),
        ({"type": "text", "count": 2}, "abc"),
        ({"type": "text", "encoding": "ascii"}, "é"),
        ({"type": "text"}, 5),
        ({"type": "bytes"}, "a"),
        ({"type": "u8", "count": 2}, [1]),
        ({"type": "u8", "count": 2}, 1),
    ],
)
def test_a_value_that_does_not_fit_is_refused(options, value):
    with pytest.raises(BadRecord, match=r"^x: "):
        Layout([{"name": "x", **options}]).encode({"x": value})


def test_fields_missing_and_unknown_are_refused():
    with pytest.raises(BadRecord, match="x: missing"):
        one("u8").encode({})
    with pytest.raises(BadRecord, match="no such field: 'y'"):
        one("u8").encode({"x": 1, "y": 2})


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"type": "u12"}, "no such type: u12; use u8, i8"),
        ({"type": "u8", "endian": "middle"}, "endian is big or little, not middle"),
        ({"type": "u8", "word_order": "x"}, "word_order is big or little"),
        ({"type": "u8", "offset": -1}, "no such offset: -1"),
        ({"type": "u8", "count": 0}, "no such count: 0"),
        ({"type": "u8", "count": 1 << 30}, "no such count"),
        ({"type": "bcd"}, "bcd needs a count"),
        ({"type": "bits", "count": 2}, "bits have no count"),
        ({"type": "bits", "bit": 7, "bits": 2}, "do not fit u8"),
        ({"type": "bits", "of": "i8"}, "do not fit i8"),
        ({"type": "bool", "bit": 0, "bits": 2}, "do not fit"),
        ({"type": "u8", "scale": 0}, "no such scale: 0"),
        ({"type": "text", "encoding": "utf-16"}, "no such encoding: utf-16"),
        ({"type": "u8", "size": 5}, "unexpected keyword argument 'size'"),
        ({"type": "u8", "offset": "x"}, "'x'"),
        ({}, "type"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(options, why):
    with pytest.raises(BadLayout, match=why):
        Layout([{"name": "x", **options}])


def test_two_fields_of_one_name_and_one_after_the_rest_are_refused():
    with pytest.raises(BadLayout, match="two fields are called x"):
        Layout([{"name": "x", "type": "u8"}, {"name": "x", "type": "u8"}])
    with pytest.raises(BadLayout, match="x takes the rest of the record: y cannot follow"):
        Layout([{"name": "x", "type": "text"}, {"name": "y", "type": "u8"}])


orders = st.sampled_from((None, "big", "little"))


@st.composite
def fields(draw):
    kind = draw(st.sampled_from((*INTEGERS, *FLOATS, "bits", "bool", "bytes", "bcd")))
    options = {"type": kind, "endian": draw(orders), "word_order": draw(orders)}
    if kind in ("bytes", "bcd"):
        options["count"] = draw(st.integers(1, 6))
    elif kind == "bits":
        options |= {"of": "u16", "bit": draw(st.integers(0, 15))}
        options["bits"] = draw(st.integers(1, 16 - options["bit"]))
    elif draw(st.booleans()):
        options["count"] = draw(st.integers(1, 4))
    return options


def value_for(options, data):
    kind = options["type"]
    if kind in INTEGERS:
        bits = INTEGERS[kind] * 8
        low = 0 if kind[0] == "u" else -(1 << bits - 1)
        single = st.integers(low, low + (1 << bits) - 1)
    elif kind in FLOATS:
        single = st.floats(width=32 if kind == "f32" else 64, allow_nan=False)
    elif kind == "bytes":
        return data.draw(st.binary(min_size=options["count"], max_size=options["count"]))
    else:
        top = {"bool": 1, "bits": (1 << options.get("bits", 1)) - 1, "bcd": 100 ** options.get("count", 1) - 1}[kind]
        single = st.integers(0, top).map(bool if kind == "bool" else int)
    count = options.get("count") if kind != "bcd" else None
    return data.draw(single if count is None else st.lists(single, min_size=count, max_size=count))


@given(st.lists(fields(), max_size=6), st.sampled_from(("big", "little")), st.data())
def test_any_layout_gives_back_what_it_took(declared, endian, data):
    named = [{"name": f"f{number}", **options} for number, options in enumerate(declared)]
    layout = Layout(named, endian)
    values = {options["name"]: value_for(options, data) for options in named}
    record = layout.encode(values)
    assert len(record) == layout.size_bytes
    assert layout.decode(record) == values


@given(st.lists(fields(), max_size=6), st.binary(max_size=80))
def test_noise_decodes_or_is_refused(declared, noise):
    layout = Layout([{"name": f"f{number}", **options} for number, options in enumerate(declared)])
    try:
        values = layout.decode(noise)
    except BadRecord:
        return
    assert tuple(values) == layout.names


@given(st.integers(-(2**31), 2**31 - 1), st.floats(width=32, allow_nan=False))
def test_numbers_are_those_of_struct(number, real):
    layout = Layout([{"name": "i", "type": "i32"}, {"name": "f", "type": "f32"}], "little")
    assert layout.encode({"i": number, "f": real}) == struct.pack("<if", number, real)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("u16", 70000, "n: 70000 is not between 0 and 65535"),
        ("i8", -129.2, "n: -129.2 is not between -128 and 127"),
        ("u8", None, "n: nothing where a number is expected"),
        ("u8", "5", "n: text where a number is expected"),
        ("bits", float("nan"), "n: nan is no whole number"),
        ("i32", float("inf"), "n: inf is no whole number"),
        ("f32", 1e300, "n: 1e+300 is too large for f32"),
        ("text", {}, "n: a map where text is expected"),
    ],
)
def test_why_a_value_has_no_bytes_is_told_as_people_say_it(kind, value, reason):
    with pytest.raises(BadRecord, match=re.escape(reason)):
        Layout([{"name": "n", "type": kind, **({"count": 2} if kind == "text" else {})}]).encode({"n": value})
