"""`lorawan_encode`: commands for a device, as the server of its network takes them."""

import pytest

from flowengine import Message, Rejected
from flowengine.testing import make, payloads
from nodes.transforms.lorawan_encode import LorawanEncode


def test_an_answer_goes_to_the_device_that_was_heard() -> None:
    node = make(LorawanEncode, "{server: chirpstack, f_port: 2}")
    [payload] = payloads(node.process([Message(b"\x01", meta={"device_eui": "01010101010101ab"})]))
    assert payload == {"devEui": "01010101010101ab", "confirmed": False, "fPort": 2, "data": "AQ=="}


def test_the_device_is_named_by_a_template() -> None:
    node = make(LorawanEncode, "{server: chirpstack, f_port: 2, device_eui: '{payload.eui}'}")
    [payload] = payloads(node.process([Message({"eui": "01010101010101AB"})]))
    assert payload["devEui"] == "01010101010101ab"


def test_without_a_device_nothing_goes_down() -> None:
    with pytest.raises(Rejected, match="downlink: '' is no EUI"):
        make(LorawanEncode, "{server: chirpstack, f_port: 2}").process([Message(b"\x01")])


@pytest.mark.parametrize(
    "options", ["{server: ttn, f_port: 0}", "{server: ttn, f_port: 224}", "{server: loriot, f_port: 1}"]
)
def test_settings_that_no_network_has_are_refused(options: str) -> None:
    with pytest.raises(ValueError, match=r"f_port|server"):
        make(LorawanEncode, options)
