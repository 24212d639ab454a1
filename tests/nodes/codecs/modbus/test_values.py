"""Numbers and text in registers, there and back."""

from __future__ import annotations

import struct
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.modbus import values as codec

RANGES = {name: (-(2 ** (n - 1)), 2 ** (n - 1) - 1) for name, n in (("i16", 16), ("i32", 32), ("i64", 64))}
RANGES |= {name: (0, 2**n - 1) for name, n in (("u16", 16), ("u32", 32), ("u64", 64))}
SWAPS = get_args(codec.Swap)


@given(st.sampled_from(sorted(RANGES)), st.sampled_from(SWAPS), st.data())
def test_whole_numbers_come_back_in_any_order(kind: Any, swap: Any, data: Any) -> None:
    value = data.draw(st.integers(*RANGES[kind]))
    assert codec.read_number(codec.write_number(value, kind, swap), kind, swap) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(SWAPS))
def test_floats_of_four_bytes_come_back_as_the_same_bits(value: float, swap: Any) -> None:
    written = codec.write_number(value, "f32", swap)
    assert codec.write_number(codec.read_number(written, "f32", swap), "f32", swap) == written


def test_a_float_of_four_bytes_has_no_digits_that_it_does_not_know() -> None:
    assert codec.read_number(struct.pack(">f", 21.7), "f32") == 21.7


@pytest.mark.parametrize(
    ("swap", "on_the_wire"), [("none", "41ad999a"), ("word", "999a41ad"), ("byte", "ad419a99"), ("both", "9a99ad41")]
)
def test_the_four_orders_are_those_of_the_manuals(swap: Any, on_the_wire: str) -> None:
    assert codec.read_number(bytes.fromhex(on_the_wire), "f32", swap) == 21.7


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        codec.read_number(struct.pack(">f", value), "f32")


@pytest.mark.parametrize(("kind", "value"), [("u16", -1), ("u16", 65_536), ("i16", 40_000), ("f32", 1e39)])
def test_what_does_not_fit_is_refused(kind: Any, value: float) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        codec.write_number(value, kind)


@given(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=16), st.sampled_from(SWAPS))
def test_text_comes_back(text: str, swap: Any) -> None:
    assert codec.read_text(codec.write_text(text, 8, swap), swap) == text.rstrip()
