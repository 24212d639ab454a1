"""CRCs against the catalogue's vectors, and laws every CRC obeys."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.crc.check import UnknownCrc, _by_table, crc, names

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "crc.json").read_text())
ENTRIES = [entry for group in ("crc8", "crc16", "crc32") for entry in VECTORS[group]]
NAMES = [entry["name"] for entry in ENTRIES]
ORDERS = ("big", "little")
CHECKED = b"123456789"


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_value_of_the_vectors_is_computed(entry):
    found = crc(entry["name"])
    assert found.name == entry["name"]
    assert found.width_bits == entry["width"]
    assert found.compute(CHECKED) == int(entry["check"], 16)
    for message, value in entry["values"].items():
        data = b"" if message == "(empty)" else bytes.fromhex(message)
        assert found.compute(data) == int(value, 16), message


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_the_table_driven_form_gives_the_same_values(entry):
    numbers = [int(entry[key], 16) for key in ("poly", "init", "xorout")]
    slow = _by_table(entry["width"], *numbers, entry["refin"])
    assert slow(CHECKED) == int(entry["check"], 16)
    for message, value in entry["values"].items():
        assert slow(b"" if message == "(empty)" else bytes.fromhex(message)) == int(value, 16)


def test_all_of_the_vectors_are_known_and_nothing_else():
    assert sorted(names()) == sorted(NAMES)
    assert len(NAMES) == 63


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_aliases_case_and_separators_find_the_same_crc(entry):
    for name in (entry["name"], *entry["aliases"]):
        for written in (name, name.lower(), name.replace("/", "_"), name.replace("-", " "), f" {name} "):
            assert crc(written).name == entry["name"]


def test_the_seed_systems_crc_is_appended_big_endian():
    assert crc("crc-16/ccitt-false").append(CHECKED) == CHECKED + b"\x29\xb1"
    assert crc("crc-16/ccitt-false").append(CHECKED, "little") == CHECKED + b"\xb1\x29"


def test_an_unknown_name_says_the_nearest():
    with pytest.raises(UnknownCrc, match=r"no CRC is called 'crc-16/modbuss'; did you mean CRC-16/MODBUS"):
        crc("crc-16/modbuss")
    with pytest.raises(UnknownCrc, match=r"'zzzzzzzz'$"):
        crc("zzzzzzzz")


@given(st.sampled_from(NAMES), st.binary(max_size=200), st.sampled_from(ORDERS))
def test_what_was_appended_checks(name, data, order):
    found = crc(name)
    frame = found.append(data, order)
    assert len(frame) == len(data) + found.width_bytes
    assert found.check(frame, order)


@given(st.sampled_from(NAMES), st.binary(min_size=1, max_size=64), st.sampled_from(ORDERS), st.data())
def test_a_flipped_bit_never_checks(name, data, order, choice):
    frame = bytearray(crc(name).append(data, order))
    bit = choice.draw(st.integers(0, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << (bit % 8)
    assert not crc(name).check(bytes(frame), order)


@given(st.sampled_from(NAMES), st.binary(max_size=64), st.sampled_from(ORDERS))
def test_the_residue_does_not_depend_on_the_data(name, data, order):
    found = crc(name)
    if (residue := found.residue(order)) is not None:
        assert found.compute(found.append(data, order)) == residue


@pytest.mark.parametrize("name", NAMES)
def test_every_crc_has_a_residue_in_its_natural_order_only(name):
    found = crc(name)
    assert found.residue(found.natural_order) is not None
    other = "little" if found.natural_order == "big" else "big"
    assert (found.residue(other) is None) == (found.width_bits > 8)


@pytest.mark.parametrize("frame", [b"", b"\xff"])
def test_a_frame_shorter_than_its_crc_does_not_check(frame):
    assert not crc("CRC-16/IBM-3740").check(frame)
