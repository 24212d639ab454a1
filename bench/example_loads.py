"""What each example is loaded with: reports as its simulated devices shape them, and how to find one again behind it.

Knows flows and payloads. Never here: time, sockets, figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from nodes.codecs.crc.check import crc
from nodes.codecs.framing.frames import encode
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
    """The variable of the port to write frames to; empty: reports are published or posted."""

    post: tuple[str, str] = ("", "")
    """The route to post reports to, and the variable that has its token."""

    answer: tuple[str, Callable[[Any], Topic]] | None = None
    """A topic filter, and what a device says when it hears something under it."""

    rate: float = 200.0
    """Messages a second of the first step."""


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


def _programs(n: int, time: str) -> Sequence[Topic]:
    return [Topic("", {"id": f"p{n}", "mission_id": 1, "code": f"say {n}"})]


def _ran(order: Any) -> Topic:
    said = {"type": "result", "submission": order["submission"], "success": True, "execution_ms": 1}
    return Topic("m5stack/missions/1/result", said)


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
    "m5stack_huskylens": Load(
        _programs,
        "/display",
        lambda line: line["submission"] if line["state"] == "done" else None,
        lambda n, time: f"p{n}",
        "results",
        count=("m5stack.db", "SELECT count(*) FROM results"),
        post=("/api/teacher/submit", "TEACHER_TOKEN"),
        answer=("m5stack/missions/+/submit", _ran),
        rate=25.0,
    ),
}
