"""Values in the bytes of S7 controllers come back as they were written; what does not fit is refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.s7.values import read, write

WHOLE = {"u8": ">B", "i8": ">b", "u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "u64": ">Q", "i64": ">q"}


@pytest.mark.parametrize("kind", WHOLE)
@given(number=st.integers(-(2**63), 2**64 - 1))
def test_whole_numbers_have_the_big_end_first_or_are_refused(kind: str, number: int) -> None:
    try:
        wanted = struct.pack(WHOLE[kind], number)
    except struct.error:
        with pytest.raises(ValueError, match="does not fit"):
            write(number, kind, 0)  # type: ignore[arg-type]
    else:
        assert write(number, kind, 0) == wanted  # type: ignore[arg-type]
        assert read(wanted, kind, 0) == number  # type: ignore[arg-type]


@given(text=st.text(alphabet=st.characters(max_codepoint=255), max_size=20))
def test_a_string_has_its_two_lengths(text: str) -> None:
    data = write(text, "text", 20)
    assert data[:2] == bytes([20, len(text)]) and read(data, "text", 0) == text


def test_what_is_no_string_is_no_value() -> None:
    with pytest.raises(ValueError, match="no STRING"):
        read(bytes([4, 9]) + b"abcdefghi", "text", 0)
    with pytest.raises(ValueError, match="20 letters, 3 are read"):
        read(bytes([200, 20]) + b"abc", "text", 0)


@given(text=st.text(max_size=10))
def test_a_wide_string_has_its_two_lengths_in_words(text: str) -> None:
    data = write(text, "wtext", 30)
    assert struct.unpack_from(">HH", data) == (30, len(text.encode("utf-16-be")) // 2)
    assert read(data, "wtext", 0) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("000400090041", "no WSTRING"),
        ("00c8 0014 0041", "20 letters, 1 are read"),
        ("0004 0001 d83d", "half a letter"),
    ],
)
def test_what_is_no_wide_string_is_no_value(data: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(bytes.fromhex(data), "wtext", 0)


def test_a_wide_string_has_room_for_so_many() -> None:
    with pytest.raises(ValueError, match="3 letters, there is room for 2"):
        write("abc", "wtext", 2)
    with pytest.raises(ValueError, match="half a letter"):
        write("\ud83d", "wtext", 10)


@pytest.mark.parametrize(
    ("value", "kind"), [("x", "i16"), (True, "u8"), (5, "text"), ("日", "text"), (float("nan"), "u8")]
)
def test_what_is_no_value_of_the_type_is_refused(value: object, kind: str) -> None:
    with pytest.raises(ValueError):  # the words are those of the type
        write(value, kind, 10)  # type: ignore[arg-type]
