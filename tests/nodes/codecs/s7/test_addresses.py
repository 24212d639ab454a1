"""Addresses of S7 controllers, in English and German letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.s7.addresses import Address, Area, address_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("DB10.DBD4", Address(Area("DB", 10), 4, 0, "D")), ("db1.dbx2.7", Address(Area("DB", 1), 2, 7, "X")),
        ("MW20", Address(Area("M"), 20, 0, "W")), ("I0.1", Address(Area("I"), 0, 1, "X")),
        ("E0.1", Address(Area("I"), 0, 1, "X")), ("AB3", Address(Area("Q"), 3, 0, "B")),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(text: str, address: Address) -> None:
    assert address_of(text) == address


@given(st.text(alphabet="DBXWMIQEA0123456789.", max_size=14))
def test_any_other_text_is_refused_with_an_example_or_is_an_address(text: str) -> None:
    try:
        found = address_of(text)
    except ValueError as fault:
        assert "S7 address" in str(fault) or "at most" in str(fault)
    else:
        assert 0 <= found.bit <= 7 and 0 <= found.byte <= 0xFFFF and found.size in "XBWD"
