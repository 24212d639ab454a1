"""What each example is loaded with: reports as its simulated devices shape them, and how to find one again behind it.

Knows flows and payloads. Never here: time, sockets, figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from nodes.logic.crc import crc
from nodes.logic.framing import encode
from nodes.simulator.families import FAMILIES, Topic

DEVICES = 100
Report = Callable[[int, str], Sequence[Topic]]
"""From a report's number and time to its messages; one of them has the number or the time as its mark."""


@dataclass(frozen=True)
class Load:
    """`live` is a WebSocket's path, or `mqtt:` and a filter. `mark` finds in a line which report it is of, else None.

    `store` is the node that writes `rows` rows for each report; `count` is a file and a query to count them afterwards.
    """

    report: Report
    live: str
    mark: Callable[[Any], Any]
    marked_by: Callable[[int, str], Any]
    store: str
    rows: int = 1
    count: tuple[str, str] = ("", "")
    environment: Mapping[str, str] = field(default_factory=dict)
    port: str = ""
    """The variable of the port to write frames to; empty: reports are published."""


def _family(name: str) -> Report:
    def report(n: int, time: str) -> Sequence[Topic]:
        readings = {"temperature": float(n), "humidity": 40.0 + n % 40, "power": float(n % 1000), "energy": n}
        return FAMILIES[name](f"{name}-{n % DEVICES:03d}", readings, time)

    return report


def _edges(n: int, time: str) -> Sequence[Topic]:
    readings = {"temperature": 20.0 + n % 7 / 10, "humidity": 50.0 + n % 5 / 10}
    return FAMILIES["iotferme"](f"iotferme-{n % DEVICES:03d}", readings, time)


def _frames(n: int, time: str) -> Sequence[Topic]:
    asset = f"A-EN-{n % DEVICES:02d}"
    said = {
        "type": "telemetry", "site": "LAB", "device": "gw-01", "asset_id": asset, "channel": "env",
        "metrics": {"t_c": 20.0 + n % 7 / 10, "rh": 50.0 + n % 5 / 10}, "rssi_dbm": -60,
        "mac": f"24:6F:28:AA:BB:{n % DEVICES:02X}", "idempotency_key": f"{n}", "ts": time,
    }  # fmt: skip
    return [Topic("", encode("cobs", crc("crc-16/ibm-3740").append(msgspec.msgpack.encode(said))))]


def _value_of(sensor: str) -> Callable[[Any], Any]:
    return lambda line: line["data"]["value"] if line["data"]["topic"].endswith(sensor) else None


LOADS = {
    "croissance": Load(
        _family("croissance"),
        "/live",
        _value_of("/temperature"),
        lambda n, time: float(n),
        "store_measurements",
        rows=2,
        count=("croissance.db", "SELECT count(*) FROM measurements"),
    ),
    "esp32_server": Load(
        _family("esp32_server"),
        "/live",
        lambda line: line["payload"]["value"] if line["meta"]["io"] == "AI1" else None,
        lambda n, time: float(n),
        "store_history",
        rows=3,
        count=("esp32_server.db", "SELECT count(*) FROM io_history"),
    ),
    "iotferme_cloud": Load(
        _edges,
        "/live?room=site:LAB",
        lambda line: line["data"]["ts"] if line["event"] == "telemetry.update" else None,
        lambda n, time: time,
        "sqlite",
        rows=2,
        count=("cloud.db", "SELECT count(*) FROM points"),
    ),
    "iotferme_edge": Load(
        _frames,
        "mqtt:v1/farm/LAB/gw-01/telemetry/#",
        lambda line: line["idempotency_key"],
        lambda n, time: f"{n}",
        "uplink",
        port="GATEWAY_PORT",
    ),
}
