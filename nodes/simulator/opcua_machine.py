"""A simulated machine with an OPC UA server, on asyncua: values that move, one that may be written, and faults."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from asyncua import ua
from asyncua.server.server import Server
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaStatusCodeError

from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger

NAMESPACE = "urn:flowengine:machine"
UPDATE_S = 0.5
AWAY_S = 3.0
AT_ONCE = 100
JUMP = timedelta(hours=1)
logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # what happens is in the ledger

POINTS = """points:
  - {name: temperature, address: "ns=2;s=Line1.Temperature", unit: °C}
  - {name: pressure, address: "ns=2;s=Line1.Pressure", unit: bar}
  - {name: strokes, address: "ns=2;s=Line1.Strokes"}
  - {name: speed, address: "ns=2;s=Line1.Speed", unit: 1/min}          # may be written
  - {name: running, address: "ns=2;s=Line1.Running"}                    # may be written"""
_KINDS = {
    "Temperature": ua.VariantType.Float, "Pressure": ua.VariantType.Float, "Strokes": ua.VariantType.Int64,
    "Speed": ua.VariantType.Int16, "Running": ua.VariantType.Boolean,
}  # fmt: skip
_WRITABLE = ("Speed", "Running")


class Machine:
    """Line 1 of a plant, and as many further numbers as wanted. `now_s` are seconds since the start."""

    def __init__(self, seed: int, more: int, switches: Switches, ledger: Ledger, now_s: Callable[[], float]):
        self._random, self._more = Random(seed), more
        self._switches, self._ledger, self._now_s = switches, ledger, now_s
        self._phase_s = self._random.uniform(0, 600)
        self._values: dict[str, Any] = {
            "Temperature": 40.0, "Pressure": 6.2, "Strokes": self._random.randint(1000, 90_000), "Speed": 900,
            "Running": True,
        }  # fmt: skip
        self._strokes = float(self._values["Strokes"])
        self._numbers = [0.0] * more
        self._last_s = 0.0
        self._nodes: dict[str, Any] = {}
        self._server: Server | None = None

    async def serve(self, url: str, on_ready: Callable[[], None]) -> None:
        """Run until cancelled. Raises OSError where the address is taken."""
        try:
            await self._start(url)
            on_ready()
            loop = asyncio.get_running_loop()
            due_s = loop.time()
            while True:
                due_s = max(due_s + UPDATE_S, loop.time())  # a round that took longer is not made up for
                await asyncio.sleep(due_s - loop.time())
                if self._happens("restart"):
                    await self._stop()
                    await asyncio.sleep(AWAY_S)
                    await self._start(url)
                await self._update()
        finally:
            await self._stop()

    async def _start(self, url: str) -> None:
        """A new server each time, as a machine has that was switched off: it knows no session any more."""
        server = self._server = Server()
        await server.init()
        server.set_endpoint(url)
        server.set_server_name("flowengine simulate opcua")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(NAMESPACE)
        line = await server.nodes.objects.add_object(_id(space, "Line1"), "Line1")
        for name, kind in _KINDS.items():
            value = ua.Variant(self._values[name], kind)
            self._nodes[name] = await line.add_variable(_id(space, f"Line1.{name}"), name, value)
            if name in _WRITABLE:
                await self._nodes[name].set_writable()
        more = await server.nodes.objects.add_object(_id(space, "Numbers"), "Numbers")
        for place in range(self._more):
            name = f"Numbers.{place}"
            self._nodes[name] = await more.add_variable(_id(space, name), str(place), self._numbers[place])
        await server.start()

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    async def _update(self) -> None:
        now_s = self._now_s()
        for name in _WRITABLE:
            await self._note_written(name)
        speed, runs = self._values["Speed"], self._values["Running"]
        self._strokes += runs * max(0, speed) * (now_s - self._last_s) / 60
        self._last_s = now_s
        swing = (now_s + self._phase_s) / 9
        self._values |= {
            "Temperature": 40 + runs * speed / 100 + 3 * math.sin(swing / 5), "Strokes": int(self._strokes),
            "Pressure": runs * (6.2 + 0.4 * math.sin(swing)) + self._random.gauss(0, 0.02),
        }  # fmt: skip
        at: Any = datetime.now(UTC).replace(tzinfo=None) - (JUMP if self._happens("time_jump") else timedelta())
        for name in _KINDS.keys() - set(_WRITABLE):
            code = StatusCodes.BadSensorFailure if self._happens("bad_sensor") else StatusCodes.Good
            value, status = ua.Variant(self._values[name], _KINDS[name]), ua.StatusCode(ua.UInt32(code))
            await self._nodes[name].write_value(ua.DataValue(value, status, SourceTimestamp=at))
        await self._count_on(now_s, at)

    async def _count_on(self, now_s: float, at: Any) -> None:
        """Straight into the address space: the way of a client's write takes four times as long."""
        server = self._server
        assert server is not None
        for place in range(self._more):
            self._numbers[place] = round(now_s + place, 3)
            value = ua.Variant(self._numbers[place], ua.VariantType.Double)
            data = ua.DataValue(value, SourceTimestamp=at)
            await server.write_attribute_value(self._nodes[f"Numbers.{place}"].nodeid, data)
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)  # who asks meanwhile is answered

    async def _note_written(self, name: str) -> None:
        try:
            value = await self._nodes[name].read_value()
        except UaStatusCodeError:
            return  # somebody wrote a status, no value
        if value != self._values[name]:
            self._values[name] = value
            self._ledger.enter("write", point=f"Line1.{name}", value=value)

    def _happens(self, name: str) -> bool:
        if self._switches.happens(name, self._now_s()):
            self._ledger.enter(name)
            return True
        return False


def _id(space: int, name: str) -> ua.NodeId:
    return ua.NodeId.from_string(f"ns={space};s={name}")
