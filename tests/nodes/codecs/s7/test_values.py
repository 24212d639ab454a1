"""Values in the bytes of S7 controllers come back as they were written; what does not fit is refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.s7.values import read, write

WHOLE = {"u8": ">B", "i8": ">b", "u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "i64": ">q"}


@pytest.mark.parametrize("kind", WHOLE)
@given(number=st.integers(-(2**63), 2**63 - 1))
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


@pytest.mark.parametrize("data", [bytes([4, 9]) + b"abcdefghi", bytes([200, 20]) + b"abc"])
def test_what_is_no_string_is_no_value(data: bytes) -> None:
    with pytest.raises(ValueError, match="no STRING"):
        read(data, "text", 0)


@pytest.mark.parametrize(
    ("value", "kind"), [("x", "i16"), (True, "u8"), (5, "text"), ("日", "text"), (float("nan"), "u8")]
)
def test_what_is_no_value_of_the_type_is_refused(value: object, kind: str) -> None:
    with pytest.raises(ValueError):  # the words are those of the type
        write(value, kind, 10)  # type: ignore[arg-type]
