"""Downlinks as ChirpStack v4 and The Things Stack v3 document them."""

from typing import Any

import pytest

from nodes.codecs.lorawan.downlinks import MAX_BYTES, Downlink, Server

EUI = "0102030405060708"


def to(server: Server) -> Downlink:
    return Downlink(server, 10, True, "HIGH")


def test_chirpstack_takes_bytes_and_what_its_codec_encodes() -> None:
    shared = {"devEui": EUI, "confirmed": True, "fPort": 10}
    assert to("chirpstack").command(b"\xbe\xef", EUI.upper()) == {**shared, "data": "vu8="}
    assert to("chirpstack").command({"valve": 1}, EUI) == {**shared, "object": {"valve": 1}}


def test_the_things_stack_takes_a_list_and_needs_no_eui() -> None:
    shared = {"f_port": 10, "confirmed": True, "priority": "HIGH"}
    assert to("ttn").command(b"\xbe\xef", "") == {"downlinks": [{**shared, "frm_payload": "vu8="}]}
    assert to("ttn").command({"valve": 1}, "") == {"downlinks": [{**shared, "decoded_payload": {"valve": 1}}]}


@pytest.mark.parametrize(
    ("payload", "eui", "says"),
    [
        ("on", EUI, "neither bytes nor a map"),
        (7, EUI, "neither bytes nor a map"),
        (bytes(MAX_BYTES + 1), EUI, "243 bytes; a frame carries at most 242"),
        (b"x", "", "'' is no EUI"),
        (b"x", "../0405060708", "is no EUI"),
    ],
)
def test_what_cannot_go_down_is_refused(payload: Any, eui: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        to("chirpstack").command(payload, eui)
