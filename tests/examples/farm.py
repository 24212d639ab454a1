"""A simulated radio gateway on a pseudo terminal, in this process, with its ledger to compare with. Knows no flow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Fault, Switches
from nodes.simulator.gateway import Gateway, GatewayPlan
from nodes.simulator.gateway_faults import PRESETS
from nodes.simulator.ledger import Ledger
from nodes.simulator.perform import perform
from nodes.simulator.pty_port import PtyPort

Key = tuple[str, str]


class SimulatedFarm:
    """Runs while it is entered. `entries` is the ledger: what was sent, what reached the host's line, what was lost."""

    def __init__(
        self,
        link: Path,
        site: str,
        *,
        devices: int = 12,
        pace: float = 40.0,
        faults: Mapping[str, float | Fault] | None = None,
    ):
        self.entries: list[dict[str, Any]] = []
        self._link, self._agenda = link, Agenda()
        self._plan = GatewayPlan(datetime.now(UTC), devices, 1, pace, site)
        given = faults or PRESETS["default"]
        self._faults = {name: each if isinstance(each, Fault) else Fault(each) for name, each in given.items()}

    async def __aenter__(self) -> SimulatedFarm:
        ledger = Ledger(lambda line: self.entries.append(msgspec.json.decode(line)), lambda: self._agenda.now_s)
        self._port = PtyPort(self._link)
        self._gateway = Gateway(self._plan, self._agenda, self._port, Switches(self._faults, Random(7)), ledger)
        self.started_s = time.time()
        self._task = asyncio.create_task(perform(self._agenda))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()
        self._port.unplug()

    async def stop(self) -> None:
        """Send no more; the port stays, so that the host can read what is in the line."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def now_s(self) -> float:
        """The ledger's time."""
        return time.time() - self.started_s

    def opened_s(self) -> list[float]:
        """When the host opened the port."""
        return [entry["at_s"] for entry in self.entries if entry["what"] == "opened"]

    def sent(self) -> dict[Key, float]:
        """Every report that was sent: (asset, time stamp), and when."""
        return {key: entry["at_s"] for entry, key in self._reports()}

    def heard(self) -> dict[Key, float]:
        """Every report that reached the host's line unspoilt and in a format that the line speaks, and when."""
        numbers = {entry["frame"]: entry["at_s"] for entry in self.entries if entry["what"] == "heard"}
        return {
            key: numbers[entry["frame"]]
            for entry, key in self._reports()
            if entry["frame"] in numbers and entry["format"] != "json"
        }

    def in_json(self) -> set[Key]:
        """Reports that arrived whole as JSON, which a host that speaks MessagePack and CBOR rejects."""
        return {key for entry, key in self._reports() if entry["format"] == "json"}

    def last_heard(self) -> dict[str, Any]:
        """The last report of each asset that reached the host's line unspoilt."""
        heard = {entry["frame"] for entry in self.entries if entry["what"] == "heard"}
        return {asset: entry["message"] for entry, (asset, _) in self._reports() if entry["frame"] in heard}

    def commands(self, kind: str = "") -> list[Any]:
        """What the host wrote; of one type, if there is one."""
        said = [entry["message"] for entry in self.entries if entry["what"] == "command"]
        return [message for message in said if not kind or message["type"] == kind]

    def _reports(self) -> list[tuple[dict[str, Any], Key]]:
        frames = [entry for entry in self.entries if entry["what"] == "frame" and entry["kind"] == "telemetry"]
        return [(entry, (entry["message"]["asset_id"], entry["message"]["ts"])) for entry in frames]
