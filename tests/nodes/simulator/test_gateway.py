"""The gateway's ledger agrees with a decoder that knows nothing of it, whatever goes wrong on the line."""

import itertools
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nodes.codecs.packets import PacketDecoder, packet_encoder
from nodes.simulator import gateway_faults
from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Fault, Switches, read_faults
from nodes.simulator.gateway import CRC, Gateway, GatewayPlan
from nodes.simulator.ledger import Ledger

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORMATS = ["msgpack", "cbor", "json"]


class Bench:
    """A gateway, a host that reads everything at once, and the ledger."""

    def __init__(self, seed: int = 7, devices: int = 8, **faults: Fault) -> None:
        self.is_open = True
        self.streams: list[bytearray] = [bytearray()]
        self.commands = b""
        self.lines: list[bytes] = []
        self.agenda = Agenda()
        self.ledger = Ledger(self.lines.append, lambda: self.agenda.now_s)
        switches = Switches(faults, Random(seed))
        self.gateway = Gateway(GatewayPlan(START, devices, seed), self.agenda, self, switches, self.ledger)

    def write(self, data: bytes) -> int:
        self.streams[-1] += data
        return len(data)

    def read(self) -> bytes:
        data, self.commands = self.commands, b""
        return data

    def unplug(self) -> None:
        self.is_open = False

    def plug_in(self) -> None:
        self.is_open = True
        self.streams.append(bytearray())

    def run(self, seconds: float) -> None:
        self.agenda.run_until(self.agenda.now_s + seconds)

    def tell(self, message: Any) -> None:
        self.commands += packet_encoder("cobs", CRC, formats="msgpack")(message)

    def entries(self, what: str) -> list[dict[str, Any]]:
        return [entry for line in self.lines if (entry := json.loads(line))["what"] == what]

    def frames(self, kind: str) -> list[dict[str, Any]]:
        return [entry["message"] for entry in self.entries("frame") if entry["kind"] == kind]

    def received(self) -> list[Any]:
        """What an independent decoder makes of the stream; anew after each unplugging."""
        found: list[Any] = []
        for stream in self.streams:
            found += PacketDecoder("cobs", CRC, formats=FORMATS).feed(bytes(stream))[0]
        return found

    def due(self) -> list[Any]:
        """What the ledger says a perfect receiver has."""
        messages = {entry["frame"]: entry["message"] for entry in self.entries("frame")}
        return [messages[entry["frame"]] for entry in self.entries("heard")]


def faults_of(preset: str) -> dict[str, Fault]:
    return read_faults(preset, gateway_faults.KNOWN, gateway_faults.PRESETS)


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.sampled_from(["none", "default", "rough"]))
@example(0, "rough")  # unplugged while it was away already
def test_a_decoder_gets_exactly_what_the_ledger_says(seed: int, preset: str) -> None:
    bench = Bench(seed, **faults_of(preset))
    bench.run(300.0)
    assert bench.received() == bench.due()
    assert len(bench.due()) > 50


def test_every_fault_of_the_line_happens_in_a_rough_hour() -> None:
    bench = Bench(**faults_of("rough"))
    bench.run(3600.0)
    happened = {name for entry in bench.entries("frame") for name in entry["faults"]}
    kinds = {entry["kind"] for entry in bench.entries("frame")}
    assert {"bit_flip", "lost_byte", "lost_delimiter", "truncated_frame", "bad_crc", "little_endian_crc"} <= happened
    assert {"duplicate_frame", "noise", "noise_with_zero", "zero_storm", "long_run", "two_byte_frame"} <= happened
    assert {"value_null", "value_nan", "value_sentinel", "value_type"} <= happened
    assert {"scalar_payload", "empty_map", "unknown_type", "telemetry", "status", "event"} <= kinds
    assert {entry["format"] for entry in bench.entries("frame")} == {"msgpack", "cbor", "json"}
    assert bench.entries("unplugged") and bench.entries("clock_jumped")


def test_the_same_seed_gives_the_same_ledger() -> None:
    first, second, other = (Bench(seed, **faults_of("rough")) for seed in (3, 3, 4))
    for bench in (first, second, other):
        bench.run(120.0)
    assert first.lines == second.lines
    assert first.lines != other.lines


def test_devices_report_in_their_cadence_and_more_often_in_alarm() -> None:
    bench = Bench(devices=3)
    bench.run(1800.0)
    times: dict[str, list[float]] = {}
    for entry in bench.entries("frame"):
        if entry["kind"] == "telemetry":
            times.setdefault(entry["message"]["channel"], []).append(entry["at_s"])
    gaps = {name: {round(b - a, 3) for a, b in itertools.pairwise(t)} for name, t in times.items()}
    assert gaps == {"env": {10.0, 2.0}, "power": {5.0}, "water": {10.0}}


def test_the_end_of_the_ledger_holds_the_latest_values() -> None:
    bench = Bench(**faults_of("default"))
    bench.run(600.0)
    bench.gateway.close()
    latest: dict[str, list[Any]] = {}
    for message in bench.received():
        if isinstance(message, dict) and message.get("type") == "telemetry":
            for name, value in message["metrics"].items():
                key = f"{message['asset_id']}/{name}"
                if key not in latest or latest[key][0] <= message["ts"]:
                    latest[key] = [message["ts"], value]
    [end] = bench.entries("end")
    assert end["latest"] == latest
    assert end["counts"]["heard"] == len(bench.due())


def test_a_command_is_acknowledged_within_300_ms() -> None:
    bench = Bench()
    bench.run(1.0)
    bench.tell({"type": "cmd", "asset_id": "A-EN-01", "correlation_id": "c-1", "relay": {"fan": "ON"}})
    bench.run(0.5)
    [ack] = bench.frames("ack")
    assert {key: ack[key] for key in ("correlation_id", "asset_id", "ok", "message", "mac")} == {
        "correlation_id": "c-1", "asset_id": "A-EN-01", "ok": True, "message": "applied", "mac": "24:6F:28:AA:BB:01",
    }  # fmt: skip


def test_an_unknown_asset_is_not_found() -> None:
    bench = Bench()
    bench.tell({"type": "ping", "asset_id": "A-NO-99", "correlation_id": "c-2"})
    bench.run(0.5)
    [ack] = bench.frames("ack")
    assert (ack["ok"], ack["message"]) == (False, "asset_not_found")


@pytest.mark.parametrize(
    ("fault", "after_s", "answers"),
    [
        ("lost_command", 20.0, 0),
        ("lost_ack", 20.0, 0),
        ("double_ack", 1.0, 2),
        ("late_ack", 13.0, 0),
        ("late_ack", 15.0, 1),
    ],
)
def test_acknowledgements_go_wrong_as_told(fault: str, after_s: float, answers: int) -> None:
    bench = Bench(**{fault: Fault(1.0)})
    bench.tell({"type": "cmd", "asset_id": "A-EN-01", "correlation_id": "c-1"})
    bench.run(after_s)
    assert [ack["correlation_id"] for ack in bench.frames("ack")] == ["c-1"] * answers


def test_strange_acknowledgements() -> None:
    bench = Bench(unknown_ack=Fault(1.0), lowercase_mac=Fault(1.0))
    bench.tell({"type": "cmd", "asset_id": "A-EN-01", "correlation_id": "c-1"})
    bench.run(1.0)
    right, unknown = bench.frames("ack")
    assert right["mac"] == "24:6f:28:aa:bb:01"
    assert unknown["correlation_id"].startswith("nobody-")


def test_the_old_word_relays_does_nothing() -> None:
    bench = Bench()
    bench.tell({"type": "cmd", "asset_id": "A-EN-01", "correlation_id": "c-1", "relays": {"fan": "ON"}})
    bench.run(1.0)
    assert bench.frames("ack")[0]["message"] == "ignored"


def test_features_are_switched_off_and_on() -> None:
    bench = Bench(devices=1)
    bench.run(1.0)

    def order(message: dict[str, Any]) -> str:
        bench.tell({"asset_id": "A-EN-01", "correlation_id": "c", **message})
        bench.run(1.0)
        return str(bench.frames("ack")[-1]["message"])

    assert order({"type": "feature", "feature": {"sensors": False, "relays": False}}) == "applied"
    reports = len(bench.frames("telemetry"))
    assert order({"type": "cmd", "relay": {"fan": "ON"}}) == "relays_off"
    bench.run(60.0)
    assert len(bench.frames("telemetry")) == reports
    assert order({"type": "feature", "feature": {"wings": True}}) == "unknown_feature"
    assert order({"type": "feature", "feature": {"sensors": True, "relays": True}}) == "applied"
    assert order({"type": "cmd", "relay": {"fan": "ON"}}) == "applied"
    bench.run(60.0)
    assert len(bench.frames("telemetry")) > reports


@pytest.mark.parametrize(("duration_s", "ended"), [(30, "timeout"), (600, "host")])
def test_pairing_takes_a_new_device_and_ends(duration_s: int, ended: str) -> None:
    bench = Bench(devices=2)
    bench.tell({"type": "pair_begin", "duration_s": duration_s})
    bench.run(29.0)
    assert [event["event"] for event in bench.frames("event")] == ["pair_begin", "paired"]
    assert "A-WA-03" in {report["asset_id"] for report in bench.frames("telemetry")}
    if ended == "host":
        bench.tell({"type": "pair_end"})
    bench.run(2.0)
    last = bench.frames("event")[-1]
    assert (last["event"], last["reason"]) == ("pair_end", ended)
    bench.run(700.0)
    assert len(bench.frames("event")) == 3


def test_a_new_mac_makes_the_gateway_leave_and_come_back() -> None:
    bench = Bench()
    bench.tell({"type": "cfg", "op": "set_mac", "mac": "02:11:22:33:44:55", "persist": True})
    bench.run(0.2)
    assert bench.frames("event")[-1]["event"] == "set_mac"
    bench.run(0.3)
    assert not bench.is_open
    bench.run(4.0)
    assert bench.is_open
    assert bench.frames("event")[-1]["event"] == "mac_loaded"


@pytest.mark.parametrize(
    "message", [{"type": "cfg", "op": "set_mac", "mac": "zz"}, {"type": "pair_begin", "duration_s": 5}, 42, {"type": 3}]
)
def test_what_it_does_not_understand_is_answered_with_an_error(message: Any) -> None:
    bench = Bench()
    bench.tell(message)
    bench.run(1.0)
    assert bench.frames("event")[-1]["event"] == "error"
    assert bench.is_open


def test_before_a_time_sync_its_times_are_forged() -> None:
    bench = Bench(unsynced=Fault(1.0))
    bench.run(5.0)
    assert bench.frames("telemetry")[-1]["ts"].startswith("2025-01-01T00:00:0")
    bench.tell({"type": "time_sync", "epoch_ms": 1772366400000})
    bench.run(30.0)
    assert bench.frames("telemetry")[-1]["ts"].startswith("2026-03-01T12:00:")


def test_opening_the_port_may_reset_the_gateway() -> None:
    bench = Bench(reset_on_open=Fault(1.0))
    bench.run(3.0)
    assert bytes(bench.streams[0]).startswith(b"ESP-ROM:")
    assert bench.frames("status")[0]["status"] == "ready"
    assert bench.received() == bench.due()


@pytest.mark.parametrize(("ahead_ms", "event"), [(1500, "time_synced"), (-1500, "time_synced"), (2500, "time_skew")])
def test_a_time_sync_reports_a_skew_above_two_seconds(ahead_ms: int, event: str) -> None:
    bench = Bench(devices=1)
    bench.run(10.0)
    bench.tell({"type": "time_sync", "epoch_ms": round((START.timestamp() + 10.02) * 1000) - ahead_ms})
    bench.run(1.0)
    said = bench.frames("event")[-1]
    assert said["event"] == event
    assert abs(said["skew_ms"] - ahead_ms) < 50
