"""Why bytes are no value, in words of our own."""

import random
import re

import pytest

from nodes.codecs.payload import BadPayload, decoder, encoder

LIBRARY = re.compile(
    r"codec|opcode|subtype|major type|semantic|decoding|is malformed|truncated|hashable|stream|serialize|NoneType",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("form", "data", "reason", "detail"),
    [
        ("json", b'{"a":}', "malformed", "invalid character at byte 5"),
        ("json", b'{"a":1', "malformed", "it ends too early, after 6 bytes"),
        ("json", b"1 2", "malformed", "more follows the value"),
        ("json", b'{"a":"\xe9"}', "not_utf8", "byte 6 (0xe9) is no UTF-8"),
        ("text", b"ab\xff", "not_utf8", "byte 2 (0xff) is no UTF-8"),
        ("msgpack", b"\x91\xc1", "malformed", "no value begins with 0xc1 at byte 1"),
        ("msgpack", b"\x82\xa1a\xa1\xff", "not_utf8", "byte 4 (0xff) is no UTF-8"),
        ("cbor", b"\x61\xff", "not_utf8", "byte 1 (0xff) is no UTF-8"),
        ("cbor", b"\x81\x1c", "malformed", "a length is written as 0x1c, which CBOR reserves"),
        ("cbor", b"\xc1\xf4", "malformed", "a time of tag 1 is a number"),
        ("cbor", b"\x83\x01", "malformed", "it ends too early, after 2 bytes"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(form, data, reason, detail):
    with pytest.raises(BadPayload) as caught:
        decoder(form)(data)
    assert (caught.value.reason, caught.value.detail) == (reason, detail)


@pytest.mark.parametrize("value", [object(), 1j, 1 << 70, {(1, 2): 3}, {None: 1}, "\ud800", {"a": {1, 2}}])
@pytest.mark.parametrize("form", ["json", "msgpack", "cbor", "text", "bytes"])
def test_what_cannot_be_sent_is_told_in_words_of_ours(form, value):
    try:
        encoder(form)(value)
    except BadPayload as refused:
        assert not LIBRARY.search(refused.detail)


@pytest.mark.parametrize("form", ["json", "msgpack", "cbor", "text"])
def test_no_damage_brings_out_a_librarys_words(form):
    chance = random.Random(4)
    whole = encoder(form)({"a": [1, 2.5, "é", None], "b": {"c": "text" * 9}, 5: b"x"} if form != "text" else "é ü")
    for _ in range(2_000):
        data = bytearray(whole)
        data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            decoder(form)(bytes(data))
        except BadPayload as refused:
            assert not LIBRARY.search(str(refused)), refused
