"""`lorawan_decode`: what the servers publish becomes messages with the time, the device and how well it was heard."""

from __future__ import annotations

from flowengine import Message
from flowengine.testing import TestContext, make, payloads
from nodes.stateful.lorawan_decode import LorawanDecode
from nodes.values.instants import instant_ns
from tests.nodes.codecs.lorawan.test_uplinks import CHIRPSTACK, TTN, changed


def test_the_message_has_the_time_of_reception_and_the_rest_in_meta() -> None:
    [message] = make(LorawanDecode).process([Message(CHIRPSTACK, "t", meta={"hall": "2"})], 0).messages
    assert (message.payload, message.topic) == ({"t_c": 23.5}, "t")
    assert message.time_ns == instant_ns(CHIRPSTACK["time"])
    assert message.meta == {
        "hall": "2", "server": "chirpstack", "device_eui": "01010101010101ab", "device": "silo-3",
        "application": "17c82e96-be03-4f38-aef3-f83d48582d97", "f_port": 2, "f_cnt": 12, "confirmed": True,
        "gateway": "0016c001f153a14d", "gateways": 2, "rssi": -60, "snr": 10.5,
    }  # fmt: skip


def test_bytes_are_taken_where_nothing_was_decoded_or_where_they_are_wanted() -> None:
    raw = changed(TTN, "uplink_message.decoded_payload", None)
    assert payloads(make(LorawanDecode).process([Message(raw)], 0).messages) == [b"\xaa\xbb\xcc"]
    assert payloads(make(LorawanDecode, "payload: bytes").process([Message(TTN)], 0).messages) == [b"\xaa\xbb\xcc"]
    emit = make(LorawanDecode, "payload: decoded").process([Message(raw), Message(TTN)], 0)
    assert [reason for _, reason in emit.rejected] == ["uplink: the server decoded nothing"]
    assert payloads(emit.messages) == [{"t_c": 23.5}]  # what was refused is not counted as come


def test_frames_that_come_twice_are_counted_and_a_new_beginning_is_told_over_a_restart() -> None:
    context = TestContext()
    node = make(LorawanDecode, "{}", context)
    assert len(node.process([Message(CHIRPSTACK), Message(CHIRPSTACK), Message(TTN)], 0).messages) == 2
    again = make(LorawanDecode, "{}", context)
    again.restore(node.snapshot(0), 0)
    joined = changed(changed(changed(CHIRPSTACK, "devAddr", "00189441"), "fCnt", 0), "time", "2026-07-18T10:00:00Z")
    [message] = again.process([Message(CHIRPSTACK), Message(joined)], 0).messages
    assert message.meta["f_cnt_reset"] is True
    assert context.recorded.counted == {"frames that came twice": 2, "frame counters that began anew": 1}


def test_what_is_no_uplink_leaves_by_the_error_port_alone() -> None:
    emit = make(LorawanDecode).process([Message({"join": 1}), Message(TTN)], 0)
    assert len(emit.messages) == 1 and "neither ChirpStack v4" in emit.rejected[0][1]
