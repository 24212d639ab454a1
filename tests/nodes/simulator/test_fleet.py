"""The fleet in virtual time: what devices publish, keep back, and say of themselves in the ledger."""

import itertools
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from nodes.simulator import fleet_faults
from nodes.simulator.agenda import Agenda
from nodes.simulator.families import FAMILIES
from nodes.simulator.faults import Fault, Switches, read_faults
from nodes.simulator.fleet import Fleet, FleetPlan
from nodes.simulator.fleet_device import FleetDevice
from nodes.simulator.ledger import Ledger

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Record:
    """Links that acknowledge at once and remember."""

    def __init__(self, devices: int = 4, families: str = "plain", seed: int = 3, **faults: Fault) -> None:
        self.published: list[tuple[float, str, str, bytes, bool]] = []
        self.calls: list[tuple[str, str]] = []
        self.lines: list[bytes] = []
        self.agenda = Agenda()
        plan = FleetPlan(START, devices, seed, 5.0, families.split(","))
        ledger = Ledger(self.lines.append, lambda: self.agenda.now_s)
        self.fleet = Fleet(plan, self.agenda, self, Switches(faults, Random(seed)), ledger)

    def connect(self, device: FleetDevice) -> None:
        self.calls.append(("connect", device.name))

    def publish(self, number: int, device: FleetDevice, topic: str, payload: bytes, retain: bool) -> None:
        self.published.append((self.agenda.now_s, device.name, topic, payload, retain))
        self.fleet.acknowledged(number)

    def leave(self, device: FleetDevice) -> None:
        self.calls.append(("leave", device.name))

    def reset(self, device: FleetDevice) -> None:
        self.calls.append(("reset", device.name))

    def take_over(self, device: FleetDevice) -> None:
        self.calls.append(("take_over", device.name))

    def run(self, seconds: float) -> "Record":
        self.agenda.run_until(self.agenda.now_s + seconds)
        return self

    def entries(self, what: str) -> list[dict[str, Any]]:
        return [entry for line in self.lines if (entry := json.loads(line))["what"] == what]

    def payloads(self) -> list[Any]:
        return [json.loads(payload) for _, _, _, payload, _ in self.published]


def test_every_device_publishes_every_value_in_its_period() -> None:
    record = Record(devices=4).run(60.0)
    assert len(record.published) == 4 * 12 * 4
    assert {topic for _, _, topic, _, _ in record.published if "dev001" in topic} == {
        f"plant/dev001/telemetry/{name}" for name in ("temperature", "humidity", "power", "energy")
    }
    assert record.payloads()[0]["time"].startswith("2026-03-01T12:00:0")


def test_the_ledger_has_every_message_as_it_was_published() -> None:
    rough = read_faults("rough", fleet_faults.KNOWN, fleet_faults.PRESETS)
    record = Record(devices=8, families=",".join(FAMILIES), **rough).run(1200.0)
    entries = record.entries("message")
    assert len(entries) == len(record.published) == len(record.entries("acknowledged"))
    for entry, (_, device, topic, payload, retain) in zip(entries, record.published, strict=True):
        assert (entry["device"], entry["topic"], entry["retain"]) == (device, topic, retain)
        said = entry.get("payload")
        assert said == payload.decode(errors="replace") if said is not None else entry["bytes"] == len(payload)
    happened = {name for entry in entries for name in entry["faults"]}
    assert {"duplicate", "backlog", "time_unit", "no_time", "not_json", "not_utf8", "empty_payload"} <= happened
    assert {call for call, _ in record.calls} == {"connect", "leave", "reset", "take_over"}


def test_the_same_seed_gives_the_same_fleet() -> None:
    rough = read_faults("rough", fleet_faults.KNOWN, fleet_faults.PRESETS)
    first, second, other = (Record(seed=seed, **rough).run(60.0) for seed in (5, 5, 6))
    assert first.lines == second.lines
    assert first.lines != other.lines


def test_a_backlog_is_kept_and_then_sent_among_what_is_live() -> None:
    record = Record(devices=1, backlog=Fault(at_s=(20.0,))).run(200.0)
    late = [e for e in record.entries("message") if "backlog" in e["faults"]]
    assert late
    delays = [
        e["at_s"] - (datetime.fromisoformat(json.loads(e["payload"])["time"]) - START).total_seconds() for e in late
    ]
    assert max(delays) >= 5.0
    live = Record(devices=1).run(200.0)
    assert sorted(payload for _, _, _, payload, _ in record.published) == sorted(p for _, _, _, p, _ in live.published)


def test_a_device_that_leaves_comes_back_with_what_it_measured() -> None:
    record = Record(devices=1, leave=Fault(at_s=(20.0,))).run(200.0)
    assert record.calls == [("connect", "dev001"), ("leave", "dev001"), ("connect", "dev001")]
    live = Record(devices=1).run(200.0)
    assert sorted(payload for _, _, _, payload, _ in record.published) == sorted(p for _, _, _, p, _ in live.published)


def test_a_storm_breaks_every_connection() -> None:
    record = Record(devices=5, storm=Fault(at_s=(10.0,))).run(30.0)
    assert [name for call, name in record.calls if call == "reset"] == [f"dev00{n}" for n in range(1, 6)]


def test_a_duplicate_is_the_same_bytes_again() -> None:
    record = Record(devices=1, duplicate=Fault(1.0)).run(20.0)
    pairs = list(zip(record.published[::2], record.published[1::2], strict=True))
    assert pairs
    assert all(first == second for first, second in pairs)


def test_a_burst_is_ten_times_as_fast() -> None:
    record = Record(devices=1, burst=Fault(at_s=(10.0,))).run(40.0)
    times = sorted({time_s for time_s, *_ in record.published})
    gaps = [round(b - a, 3) for a, b in itertools.pairwise(times)]
    assert 0.5 in gaps and 5.0 in gaps


@pytest.mark.parametrize(("fault", "payload"), [("not_utf8", b"\xc3("), ("empty_payload", b"")])
def test_payloads_are_spoiled_as_told(fault: str, payload: bytes) -> None:
    record = Record(devices=1, **{fault: Fault(1.0)}).run(10.0)
    assert all(found[:2] == payload for _, _, _, found, _ in record.published)


def test_a_deleted_birth_is_no_longer_retained() -> None:
    record = Record(devices=2, delete_retained=Fault(at_s=(5.0,))).run(10.0)
    record.fleet.close()
    [end] = record.entries("end")
    assert len(end["retained"]) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_publishes_what_can_be_read(family: str) -> None:
    record = Record(devices=1, families=family).run(20.0)
    assert record.payloads()
