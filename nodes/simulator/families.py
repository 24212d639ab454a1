"""What devices publish: topics and payloads by make, shaped as in tests/vectors/mqtt_payloads.jsonl. Pure."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

Readings = Mapping[str, Any]
"""temperature (°C), humidity (%), power (W), energy (a counter of Wh); a faulty one may be anything."""


class Topic(NamedTuple):
    """One message: where, what (a value that goes out as JSON, or text as it is), and whether the broker keeps it."""

    name: str
    payload: Any
    retain: bool = False


Publish = Callable[[str, Readings, Any], Sequence[Topic]]
"""From a device's name, its readings and its time (None: it does not say) to what it publishes."""


def _timed(payload: dict[str, Any], key: str, time: Any) -> dict[str, Any]:
    return payload if time is None else {key: time, **payload}


def _plain(name: str, readings: Readings, time: Any) -> list[Topic]:
    return [
        Topic(f"plant/{name}/telemetry/{sensor}", _timed({"value": value}, "time", time))
        for sensor, value in readings.items()
    ]


def _iotferme(name: str, readings: Readings, time: Any) -> list[Topic]:
    head = {"type": "telemetry", "site": "LAB", "device": name, "asset_id": name.upper(), "channel": "env"}
    metrics = {"t_c": readings["temperature"], "rh": readings["humidity"]}
    return [Topic(f"v1/farm/LAB/{name}/telemetry/env", _timed({**head, "metrics": metrics}, "ts", time))]


def _sound(reading: Any) -> str:
    return "ok" if isinstance(reading, int | float) and isfinite(reading) else "error"


def _croissance(name: str, readings: Readings, time: Any) -> list[Topic]:
    return [
        Topic(f"{name}/temperature", _timed({"value": readings["temperature"]}, "time", time)),
        Topic(f"{name}/dht22/humidity", readings["humidity"]),
        Topic(f"{name}/system", {"rssi": -61, "memory": {"heapFreeKb": 123, "heapMinFreeKb": 45}}),
        Topic(f"{name}/sensors/status", {each: _sound(readings[each]) for each in ("temperature", "humidity")}),
    ]


def _esp32_server(name: str, readings: Readings, time: Any) -> list[Topic]:
    inputs = {"AI1": readings["temperature"], "AI2": readings["humidity"], "AI3": readings["power"]}
    return [Topic(f"esp/{name}/mie", _timed(inputs, "time", time))]


def _tasmota(name: str, readings: Readings, time: Any) -> list[Topic]:
    climate = {"Temperature": readings["temperature"], "Humidity": readings["humidity"]}
    energy = {"Total": readings["energy"], "Power": readings["power"]}
    payload = {"BME280": climate, "ENERGY": energy, "TempUnit": "C"}
    return [Topic(f"tele/{name}/SENSOR", _timed(payload, "Time", time))]


def _zigbee2mqtt(name: str, readings: Readings, time: Any) -> list[Topic]:
    payload = {**{key: readings[key] for key in ("temperature", "humidity", "power")}, "linkquality": 120}
    return [Topic(f"zigbee2mqtt/{name}", _timed(payload, "last_seen", time))]


def _shelly_gen1(name: str, readings: Readings, time: Any) -> list[Topic]:
    return [
        Topic(f"shellies/{name}/temperature", readings["temperature"]),
        Topic(f"shellies/{name}/relay/0/power", readings["power"]),
        Topic(f"shellies/{name}/relay/0/energy", readings["energy"]),
    ]


def _shelly_gen2(name: str, readings: Readings, time: Any) -> list[Topic]:
    switch = {"id": 0, "output": True, "apower": readings["power"], "aenergy": {"total": readings["energy"]}}
    payload = {"src": name, "method": "NotifyStatus", "params": _timed({"switch:0": switch}, "ts", time)}
    return [Topic(f"{name}/events/rpc", payload), Topic(f"{name}/status/switch:0", switch)]


def _esphome(name: str, readings: Readings, time: Any) -> list[Topic]:
    return [
        Topic(f"{name}/sensor/temperature/state", readings["temperature"], retain=True),
        Topic(f"{name}/sensor/humidity/state", readings["humidity"], retain=True),
    ]


COMMANDS: dict[str, tuple[str, str]] = {"esp32_server": ("esp/{name}/cmd", "esp/ack/{name}")}
"""By make: where a device hears commands, and where it says that it has done what it was told."""

FAMILIES: dict[str, Publish] = {
    "plain": _plain,
    "iotferme": _iotferme,
    "croissance": _croissance,
    "esp32_server": _esp32_server,
    "tasmota": _tasmota,
    "zigbee2mqtt": _zigbee2mqtt,
    "shelly_gen1": _shelly_gen1,
    "shelly_gen2": _shelly_gen2,
    "esphome": _esphome,
}
