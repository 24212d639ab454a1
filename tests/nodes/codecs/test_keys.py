"""Keys of maps from outside: text, bytes, integers of 64 bits; whatever was made to collide is refused unread."""

import struct

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.codecs import cbor, payload
from nodes.codecs.keys import MAX_INTEGERS, BadKey, scan_cbor, scan_msgpack
from nodes.codecs.payload import BadPayload, decoder
from tests.nodes.vector_notation import same

PRIME = (1 << 61) - 1
"""Python's hash of a number is its rest by this."""


def crafted_arrays(count):
    """Arrays of -1 and -2, whose hashes are equal: a table of them is one chain."""
    return [tuple(-1 - (number >> bit & 1) for bit in range(20)) for number in range(count)]


def msgpack_map(keys, value=b"\x01"):
    return b"\xdf" + struct.pack(">I", len(keys)) + b"".join(key + value for key in keys)


def cbor_map(keys, value=b"\x01"):
    return b"\xba" + struct.pack(">I", len(keys)) + b"".join(key + value for key in keys)


def refusal(form, data):
    with pytest.raises(BadPayload) as caught:
        decoder(form)(data)
    return caught.value


CRAFTED = {
    "msgpack arrays": ("msgpack", msgpack_map([msgspec.msgpack.encode(key) for key in crafted_arrays(10_000)])),
    "msgpack floats": ("msgpack", msgpack_map([b"\xcb" + struct.pack(">d", 2.0**n) for n in range(-900, 900)])),
    "msgpack times": ("msgpack", msgpack_map([b"\xd6\xff" + struct.pack(">I", n) for n in range(2_000)])),
    "msgpack extensions": ("msgpack", msgpack_map([b"\xd4\x05" + bytes([n % 256]) for n in range(2_000)])),
    "cbor arrays": ("cbor", cbor_map([cbor2.dumps(list(key)) for key in crafted_arrays(10_000)])),
    "cbor bignums": ("cbor", cbor_map([cbor2.dumps(5 + PRIME * (n + 100)) for n in range(10_000)])),
    "cbor decimals": ("cbor", cbor_map([b"\xc4\x82" + cbor2.dumps(n) + b"\x01" for n in range(380)])),
    "cbor floats": ("cbor", cbor_map([b"\xfb" + struct.pack(">d", 2.0**n) for n in range(-900, 900)])),
    "cbor without a length": ("cbor", b"\xbf" + b"".join(cbor2.dumps([-1, n]) + b"\x01" for n in range(99)) + b"\xff"),
    "cbor inside a tag": ("cbor", b"\xd9\x03\xe8" + cbor_map([cbor2.dumps(list(key)) for key in crafted_arrays(999)])),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_keys_that_were_made_to_collide_are_refused_before_there_is_a_table(name, monkeypatch):
    form, data = CRAFTED[name]
    tables = []
    reader = cbor._decoded
    monkeypatch.setattr(cbor, "_decoded", lambda *a, **kw: tables.append(kw["strict_keys"]) or reader(*a, **kw))
    monkeypatch.setattr(payload, "check_keys", lambda value: tables.append(False))
    assert refusal(form, data).reason == "bad_key"
    assert False not in tables  # nothing was read with such keys allowed


@pytest.mark.parametrize("pack", [msgspec.msgpack.encode, cbor2.dumps])
def test_a_map_has_so_many_integers_as_keys_and_no_more(pack):
    form = "cbor" if pack is cbor2.dumps else "msgpack"
    most = {number * (1 << 40): 1 for number in range(MAX_INTEGERS)}
    assert decoder(form)(pack(most)) == most
    assert refusal(form, pack(most | {-5: 1})).detail == "a map has more than 1024 integers as keys"
    assert decoder(form)(pack([most, {"n": most}])) == [most, {"n": most}]


@pytest.mark.parametrize("pack", [msgspec.msgpack.encode, cbor2.dumps])
@pytest.mark.parametrize("key", [2.5, None, True, (1, 2)])
def test_small_maps_have_no_other_keys_either(pack, key):
    form = "cbor" if pack is cbor2.dumps else "msgpack"
    for value in ({key: 1}, [1, {"deep": [{key: 1}]}]):
        assert refusal(form, pack(value)).reason == "bad_key"
    assert refusal("msgpack", b"\x81\x80\x01").reason == "bad_key"  # a map as a key


keys = st.text(max_size=40) | st.binary(max_size=300) | st.integers(-(1 << 63), (1 << 64) - 1)
leaves = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | keys
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=40) | st.dictionaries(keys, inner, max_size=20), max_leaves=40
)


@settings(max_examples=40)
@given(trees)
def test_a_walk_over_the_wire_finds_nothing_where_nothing_is(tree):
    for pack, scan, form in ((msgspec.msgpack.encode, scan_msgpack, "msgpack"), (cbor2.dumps, scan_cbor, "cbor")):
        wire = pack(tree)
        scan(wire)
        assert same(decoder(form)(wire), tree)


@settings(max_examples=40)
@given(trees, st.sampled_from([2.5, None, (1, 2)]))
def test_a_walk_over_the_wire_finds_a_bad_key_wherever_it_stands(tree, key):
    holder = [tree, {"a": [{key: tree}]}, tree]
    for pack, scan in ((msgspec.msgpack.encode, scan_msgpack), (cbor2.dumps, scan_cbor)):
        with pytest.raises(BadKey):
            scan(pack(holder))


@given(st.binary(max_size=200), st.sampled_from([b"\xdf\0\0\0\x10", b"\xbf", b"\xb8\x30", b"\x9f\xbf", b"\xc2\xbf"]))
def test_noise_is_read_or_refused_by_the_walk_as_by_the_reader(noise, head):
    for form, scan in (("msgpack", scan_msgpack), ("cbor", scan_cbor)):
        data = head + noise
        try:
            value = decoder(form)(data)
        except BadPayload:
            continue
        scan(data)  # what the reader takes, the walk takes
        assert value is not None


def test_long_text_in_pieces_is_walked_over():
    wire = cbor_map([b"\x7f\x61a\x62bc\xff", b"\x5f\x41a\xff", b"\x01"])
    scan_cbor(wire)
    assert decoder("cbor")(wire) == {"abc": 1, b"a": 1, 1: 1}
