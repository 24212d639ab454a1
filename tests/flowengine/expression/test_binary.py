"""Bytes in expressions: there and back, checksums against known values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.expression import ExpressionError, compile_expression
from flowengine.expression.binary import from_base64, from_hex, to_base64, xor
from flowengine.expression.numbers import hexadecimal
from flowengine.message import Message

CHECK = Message({"b": b"123456789", "n": 5})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("crc(payload.b)", 0xCBF43926),
        ("crc(payload.b, 'crc-16/modbus')", 0x4B37),
        ("crc(payload.b, 'crc-16/arc')", 0xBB3D),
        ("crc(payload.b, 'crc-16/xmodem')", 0x31C3),
        ("crc('123456789')", 0xCBF43926),
        ("xor(payload.b)", 0x31),
        ("xor(6, payload.n)", 3),
        ("base64(payload.b)", "MTIzNDU2Nzg5"),
        ("hex(payload.b[0:2])", "3132"),
        ("payload.b[0]", 0x31),
        ("unhex('31 32') == payload.b[0:2]", True),
    ],
)
def test_bytes_are_computed_with(text: str, value: Any) -> None:
    assert compile_expression(text)(CHECK) == value


@given(st.binary(max_size=200))
def test_what_is_written_comes_back(data: bytes) -> None:
    assert from_base64(to_base64(data)) == data
    assert from_hex(hexadecimal(data)) == data
    assert xor(xor(data, data[::-1]), data[::-1]) == data


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unbase64('?')", "not Base64"),
        ("unhex('123')", "even number of hexadecimal digits"),
        ("unhex(5)", "text only"),
        ("crc(payload.n)", "works on bytes or text"),
        ("crc(payload.b, 'crc-99')", "crc knows crc-32"),
        ("xor(payload.b, 'a')", "one length"),
        ("hex(1.5)", "whole numbers only, or bytes"),
    ],
)
def test_what_does_not_fit_is_said(text: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        compile_expression(text)(CHECK)
