"""The devices behind the gateway: what each measures, how often, and what its readings are at any moment. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodes.simulator.faults import Switches
from nodes.simulator.plant import Signal

ALARM_C = 30.0
SENTINELS = (999, -127, 85.0)
_CADENCE_S = {"env": 10.0, "power": 5.0, "water": 10.0}
_ALARM_CADENCE_S = 2.0
CHANNELS = tuple(_CADENCE_S)


@dataclass(frozen=True)
class Asset:
    """One device: its name, its address and the signals of its one channel."""

    asset_id: str
    mac: str
    channel: str
    signals: Mapping[str, Signal]

    def readings(self, time_ns: int) -> dict[str, Any]:
        """What it measures at `time_ns` since the start."""
        found: dict[str, Any] = {name: signal.value(time_ns) for name, signal in self.signals.items()}
        if self.channel == "water":
            found["pump_on"] = found["level_l"] < 400
        return found

    def cadence_s(self, readings: Mapping[str, Any]) -> float:
        """How long until the next report; an alarm makes the air sensor report often."""
        too_hot = self.channel == "env" and _hot(readings.get("t_c"))
        return _ALARM_CADENCE_S if too_hot else _CADENCE_S[self.channel]


def assets(count: int, seed: int) -> list[Asset]:
    """So many devices, of the three kinds in turn."""
    found = []
    for number in range(1, count + 1):
        channel = CHANNELS[(number - 1) % len(CHANNELS)]
        asset_id = f"A-{channel[:2].upper()}-{number:02d}"
        signals = {name: _signal(seed, asset_id, name, number, **shape) for name, shape in _SIGNALS[channel].items()}
        found.append(Asset(asset_id, f"24:6F:28:AA:BB:{number % 256:02X}", channel, signals))
    return found


def misread(readings: Mapping[str, Any], switches: Switches, now_s: float) -> tuple[dict[str, Any], list[str]]:
    """Readings as a bad sensor gives them, and the names of its faults."""
    found = dict(readings)
    names: list[str] = []
    name = switches.random.choice(sorted(found))
    wrong = {
        "value_null": None,
        "value_nan": "NaN",
        "value_sentinel": switches.random.choice(SENTINELS),
        "value_type": str(found[name]),
    }
    for fault, value in wrong.items():
        if switches.happens(fault, now_s):
            found[name], names = value, [*names, fault]
    return found, names


def _hot(value: Any) -> bool:
    return isinstance(value, int | float) and value > ALARM_C


def _signal(seed: int, asset_id: str, name: str, number: int, **shape: Any) -> Signal:
    return Signal(seed=seed, name=f"{asset_id}/{name}", phase=number * 0.37 % 1.0, **shape)


# The air warms up and cools down within minutes, so that whoever looks on sees alarms rise and clear.
_SIGNALS: dict[str, dict[str, dict[str, Any]]] = {
    "env": {
        "t_c": {"kind": "sine", "offset": 27.0, "amplitude": 5.0, "period_s": 180.0, "noise": 0.1},
        "rh": {"kind": "walk", "offset": 60.0, "amplitude": 8.0, "period_s": 300.0, "digits": 1},
        "lux": {"kind": "sawtooth", "offset": 80.0, "amplitude": 400.0, "period_s": 600.0, "digits": 0},
    },
    "power": {
        "voltage_v": {"kind": "walk", "offset": 230.0, "amplitude": 3.0, "period_s": 60.0, "digits": 1},
        "current_a": {"kind": "step", "offset": 3.0, "amplitude": 2.5, "period_s": 45.0, "noise": 0.05},
        "energy_wh": {"kind": "counter", "offset": 48_000.0, "amplitude": 0.2, "digits": 0},
    },
    "water": {
        "level_l": {"kind": "sine", "offset": 500.0, "amplitude": 250.0, "period_s": 240.0, "digits": 0},
        "flow_l_min": {"kind": "step", "offset": 6.0, "amplitude": 5.0, "period_s": 30.0, "digits": 1},
    },
}
