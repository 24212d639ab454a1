"""One MQTT device: its signals, its clock and what it writes at a moment, faults included. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from nodes.simulator.assets import SENTINELS
from nodes.simulator.families import COMMANDS, FAMILIES, Topic
from nodes.simulator.faults import Switches
from nodes.simulator.gateway_clock import text
from nodes.simulator.plant import Signal

_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
_LOCAL = timezone(timedelta(hours=2))
_SHAPES: dict[str, dict[str, Any]] = {
    "temperature": {"kind": "sine", "offset": 24.0, "amplitude": 6.0, "period_s": 240.0, "noise": 0.05},
    "humidity": {"kind": "walk", "offset": 55.0, "amplitude": 10.0, "period_s": 300.0, "digits": 1},
    "power": {"kind": "step", "offset": 300.0, "amplitude": 250.0, "period_s": 60.0, "noise": 2.0, "digits": 1},
    "energy": {"kind": "counter", "offset": 1000.0, "amplitude": 0.1, "digits": 0},
}


@dataclass
class FleetDevice:
    """What is known of one device. `offset_s` is how far its clock is off."""

    name: str
    family: str
    signals: dict[str, Signal]
    offset_s: float = 0.0
    in_1970: bool = False
    chatty: bool = False
    births_retained: bool = True
    up: bool = False
    energy_zero: float = 0.0
    backlog_until_s: float | None = None
    backlog: list[tuple[Topic, bytes, list[str]]] = field(default_factory=list)
    last_time: Any = None

    @property
    def status_topic(self) -> str:
        """Where it says that it is there, and the broker that it is not."""
        return f"plant/{self.name}/status"

    @property
    def command_topics(self) -> tuple[str, str]:
        """Where it hears commands and where it acknowledges them; empty for one that takes none."""
        heard, said = COMMANDS.get(self.family, ("", ""))
        return heard.format(name=self.name), said.format(name=self.name)

    def clock(self, start: datetime, now_s: float) -> datetime:
        """The time it believes it is."""
        base = datetime(1970, 1, 1, tzinfo=UTC) if self.in_1970 else start
        return base + timedelta(seconds=now_s + self.offset_s)

    def messages(self, start: datetime, now_s: float, switches: Switches) -> list[tuple[Topic, bytes, list[str]]]:
        """What it publishes at `now_s`: topic, bytes and what is wrong with them."""
        readings, faults = self._readings(now_s, switches)
        time, more = self._time(start, now_s, switches)
        faults = [*faults, *more]
        found = []
        for topic in FAMILIES[self.family](self.name, readings, time):
            payload, spoiled = _spoil(_bytes(topic.payload), switches, now_s)
            found.append((topic, payload, [*faults, *spoiled]))
        return found

    def _readings(self, now_s: float, switches: Switches) -> tuple[dict[str, Any], list[str]]:
        found: dict[str, Any] = {name: signal.value(round(now_s * 1e9)) for name, signal in self.signals.items()}
        faults: list[str] = []
        if switches.happens("counter_reset", now_s):
            self.energy_zero, faults = found["energy"], ["counter_reset"]
        found["energy"] = max(0.0, found["energy"] - self.energy_zero)
        name = switches.random.choice(sorted(found))
        wrong = {
            "value_null": None,
            "value_nan": "NaN",
            "value_sentinel": switches.random.choice(SENTINELS),
            "value_type": str(found[name]),
        }
        for fault, value in wrong.items():
            if switches.happens(fault, now_s):
                found[name], faults = value, [*faults, fault]
        return found, faults

    def _time(self, start: datetime, now_s: float, switches: Switches) -> tuple[Any, list[str]]:
        moment = self.clock(start, now_s)
        if switches.happens("no_time", now_s):
            return None, ["no_time"]
        if switches.happens("same_time", now_s) and self.last_time is not None:
            return self.last_time, ["same_time"]
        if switches.happens("time_unit", now_s):
            return int(moment.timestamp() * switches.random.choice(_UNITS)), ["time_unit"]
        if switches.happens("local_time", now_s):
            return moment.astimezone(_LOCAL).replace(tzinfo=None).isoformat(timespec="seconds"), ["local_time"]
        self.last_time = text(moment)
        return self.last_time, []


def devices(count: int, seed: int, families: list[str], switches: Switches) -> list[FleetDevice]:
    """So many devices of these families in turn, each with its own habits."""
    found = []
    for number in range(1, count + 1):
        family = families[(number - 1) % len(families)]
        name = f"dev{number:03d}" if family == "plain" else f"{family}-{number:03d}"
        signals = {
            key: Signal(seed=seed, name=f"{name}/{key}", phase=number * 0.37 % 1.0, **shape)
            for key, shape in _SHAPES.items()
        }
        offset_s = switches.random.gauss(0.0, 2.0) if switches.happens("clock_offset", 0.0) else 0.0
        if switches.happens("clock_hours", 0.0):
            offset_s += 3600.0 * switches.random.choice((-12, -2, -1, 1, 2, 12))
        found.append(
            FleetDevice(
                name,
                family,
                signals,
                offset_s,
                in_1970=switches.happens("clock_1970", 0.0),
                chatty=switches.happens("chatty", 0.0),
                births_retained=not switches.happens("unretained_birth", 0.0),
            )
        )
    return found


def _bytes(payload: Any) -> bytes:
    if payload is None:
        return b"null"
    return payload.encode() if isinstance(payload, str) else msgspec.json.encode(payload)


def _spoil(payload: bytes, switches: Switches, now_s: float) -> tuple[bytes, list[str]]:
    random = switches.random
    if switches.happens("not_json", now_s) and payload.startswith(b"{"):
        return payload[: len(payload) // 2], ["not_json"]
    if switches.happens("not_utf8", now_s):
        return b"\xc3\x28" + payload, ["not_utf8"]
    if switches.happens("empty_payload", now_s):
        return b"", ["empty_payload"]
    if switches.happens("large_payload", now_s):
        return b"x" * random.randint(1, 256 << 10), ["large_payload"]
    if switches.happens("huge_payload", now_s):
        return b"x" * 1_000_000, ["huge_payload"]
    return payload, []
