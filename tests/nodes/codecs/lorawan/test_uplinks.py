"""Uplinks as the two servers document them, in one shape; lies and half events are refused by name."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.lorawan.uplinks import uplink
from nodes.values.instants import instant_ns

CHIRPSTACK: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-07-18T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "Farm",
        "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97", "applicationName": "Silos",
        "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad", "deviceProfileName": "Probe",
        "deviceName": "silo-3", "devEui": "01010101010101ab", "tags": {"hall": "2"},
    },
    "devAddr": "00189440", "adr": True, "dr": 1, "fCnt": 12, "fPort": 2, "confirmed": True, "data": "qrvM",
    "object": {"t_c": 23.5},
    "rxInfo": [
        {"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -36, "snr": 5.5, "context": "E3OWOQ=="},
        {"gatewayId": "0016c001f153a14d", "uplinkId": 4217106256, "rssi": -60, "snr": 10.5, "context": "E3OWOQ=="},
    ],
    "txInfo": {"frequency": 867100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11}}},
}  # fmt: skip
TTN: dict[str, Any] = {
    "end_device_ids": {
        "device_id": "silo-3", "application_ids": {"application_id": "farm"}, "dev_eui": "0004A30B001C0530",
        "join_eui": "800000000000000C", "dev_addr": "00BCB929",
    },
    "correlation_ids": ["as:up:01E0"],
    "received_at": "2026-02-12T15:15:46.000Z",
    "uplink_message": {
        "session_key_id": "AXBSH1Pk6Z0G166PCA==", "f_port": 15, "f_cnt": 3, "frm_payload": "qrvM", "confirmed": True,
        "decoded_payload": {"t_c": 23.5},
        "rx_metadata": [
            {"gateway_ids": {"gateway_id": "gtw1", "eui": "9C5C8E00001A05C4"}, "time": "2026-02-12T15:15:45.787Z",
             "timestamp": 2463457000, "rssi": -35, "channel_rssi": -35, "snr": 5.2, "uplink_token": "ChIKEA=="},
            {"packet_broker": {"message_id": "01E0"}, "rssi": -90, "snr": -3},
        ],
        "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}, "frequency": "868300000"},
        "received_at": "2026-02-12T15:15:45.799Z", "consumed_airtime": "0.056576s",
    },
}  # fmt: skip


def changed(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(event)
    *steps, last = path.split(".")
    place = made
    for step in steps:
        place = place[step]
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return made


def test_chirpstack_says_who_what_when_and_how_well_it_was_heard() -> None:
    found = uplink(CHIRPSTACK)
    assert (found.server, found.device_eui, found.device) == ("chirpstack", "01010101010101ab", "silo-3")
    assert (found.f_port, found.f_cnt, found.confirmed, found.session) == (2, 12, True, "00189440")
    assert (found.data, found.decoded) == (b"\xaa\xbb\xcc", {"t_c": 23.5})
    assert found.application == "17c82e96-be03-4f38-aef3-f83d48582d97"
    assert (found.gateway, found.rssi, found.snr, found.gateways) == ("0016c001f153a14d", -60, 10.5, 2)
    assert found.time_ns == instant_ns("2026-07-18T09:34:15.775023242Z")


def test_the_things_stack_says_the_same_in_other_words() -> None:
    found = uplink(TTN)
    assert (found.server, found.device_eui, found.device) == ("ttn", "0004a30b001c0530", "silo-3")
    assert (found.f_port, found.f_cnt, found.confirmed, found.session) == (15, 3, True, "AXBSH1Pk6Z0G166PCA==")
    assert (found.data, found.decoded, found.application) == (b"\xaa\xbb\xcc", {"t_c": 23.5}, "farm")
    assert (found.gateway, found.rssi, found.snr, found.gateways) == ("gtw1", -35, 5.2, 2)
    assert found.time_ns == instant_ns("2026-02-12T15:15:45.799Z")  # of the network, not when it was handed on


def test_what_is_zero_false_or_empty_may_be_left_out() -> None:
    for event, root in ((CHIRPSTACK, ""), (TTN, "uplink_message.")):
        for name in ("fCnt", "fPort", "data", "object", "confirmed", "time", "f_cnt", "f_port", "frm_payload",
                     "decoded_payload", "received_at"):  # fmt: skip
            event = changed(event, root + name, None)
        found = uplink(event)
        assert (found.f_port, found.f_cnt, found.data, found.decoded, found.confirmed) == (0, 0, b"", None, False)
    assert found.time_ns == instant_ns("2026-02-12T15:15:46Z")  # what is left of TTN
    assert uplink(changed(CHIRPSTACK, "time", None)).time_ns is None


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (b"{}", "no map; read it as JSON first"),
        ({"devEUI": "AQEBAQEBAQE="}, "neither ChirpStack v4"),
        (changed(CHIRPSTACK, "rxInfo", None), "without rxInfo"),
        (changed(CHIRPSTACK, "deviceInfo.devEui", "0101"), "deviceInfo.devEui is no EUI"),
        (changed(CHIRPSTACK, "joinServerContext", {"sessionKeyId": "x"}), "encrypted"),
        (changed(CHIRPSTACK, "fCnt", 2**32), "fCnt is no number from 0 to 4294967295"),
        (changed(CHIRPSTACK, "fCnt", True), "fCnt is no number"),
        (changed(CHIRPSTACK, "data", "?"), "data is no base64"),
        (changed(CHIRPSTACK, "data", 7), "data is no base64"),
        (changed(CHIRPSTACK, "time", "yesterday"), "time is no time"),
        (changed(TTN, "uplink_message", None), "without uplink_message"),
        (changed(TTN, "uplink_message.app_s_key", {"key": "x"}), "encrypted"),
        (changed(TTN, "end_device_ids.dev_eui", None), "end_device_ids.dev_eui is no EUI"),
        (changed(TTN, "uplink_message.f_port", 256), "f_port is no number from 0 to 255"),
        (changed(TTN, "uplink_message.frm_payload", "qrv"), "frm_payload is no base64"),
    ],
)
def test_what_is_no_uplink_is_refused_with_the_place(event: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        uplink(event)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([CHIRPSTACK, TTN, CHIRPSTACK["deviceInfo"], TTN["uplink_message"]]), st.data(), anything)
def test_whatever_stands_in_a_field_it_is_read_or_refused(event: dict[str, Any], data: st.DataObject, lie: Any) -> None:
    made = copy.deepcopy(event)
    made[data.draw(st.sampled_from(sorted(made)))] = lie
    whole = {**CHIRPSTACK, "deviceInfo": made} if "devEui" in made else made
    whole = {**TTN, "uplink_message": made} if "frm_payload" in made else whole
    try:
        uplink(whole)
    except ValueError as fault:
        assert str(fault)
