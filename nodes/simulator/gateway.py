"""The serial gateway: radio devices report to it, it passes frames to the host and answers the host's commands.

Its frame is COBS(payload + CRC-16/IBM-3740 big-endian) + 00, as in tests/vectors/serial_frames.json. Everything
happens on an agenda; the port is given. Never here: pseudo terminals, real time.
"""

import itertools
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Protocol

from nodes.codecs.crc.check import crc
from nodes.codecs.framing.frames import encode
from nodes.codecs.packets import PacketDecoder
from nodes.codecs.payload import encoder
from nodes.simulator.agenda import Agenda
from nodes.simulator.answers import Answers
from nodes.simulator.assets import Asset, assets, misread
from nodes.simulator.corruption import spoil
from nodes.simulator.faults import Switches
from nodes.simulator.gateway_clock import MOST_DRIFT_PPM, GatewayClock, text
from nodes.simulator.ledger import Latest, Ledger
from nodes.simulator.wire import Line, Port

CRC = "crc-16/ibm-3740"
BOARD = "gateway_simple_c6"
FIRMWARE = "1.0.2"
BANNER = b"ESP-ROM:esp32c6-20220919\r\nBuild:Sep 19 2022\r\nrst:0x15 (USB_UART_HPSYS),boot:0xc (FLASH_BOOT)\r\n"
LOOK_EVERY_S = 0.02


class GatewayPort(Port, Protocol):
    """A port that can also be read and pulled."""

    def read(self) -> bytes:
        """What the host has written since; empty when nothing."""

    def unplug(self) -> None:
        """Make the device disappear."""

    def plug_in(self) -> None:
        """Bring it back, maybe under another number."""


@dataclass(frozen=True)
class GatewayPlan:
    """What is simulated. `pace` makes devices report so many times as often."""

    start: datetime
    devices: int = 8
    seed: int = 1
    pace: float = 1.0
    site: str = "LAB"
    name: str = "gw-01"


class Gateway:
    """Puts everything it will ever do on the agenda; `close` writes the end of the ledger."""

    def __init__(self, plan: GatewayPlan, agenda: Agenda, port: GatewayPort, switches: Switches, ledger: Ledger):
        self.plan, self.agenda, self.port, self.switches, self.ledger = plan, agenda, port, switches, ledger
        self.line = Line(port, Random(plan.seed + 1), self._heard, self._lost)
        self.latest = Latest()
        self.clock = self._new_clock()
        self._numbers = itertools.count(1)
        self._messages: dict[int, Any] = {}
        self._was_open = False
        self._is_away = False
        self._decoder = PacketDecoder("cobs", CRC, formats=["msgpack", "cbor"], max_bytes=512)
        self.assets = assets(plan.devices, plan.seed)
        self.silent: set[str] = set()
        """Devices whose sensors are switched off."""

        self._answers = Answers(self)
        agenda.every(lambda: LOOK_EVERY_S, self._look)  # first, so that a host that waits is greeted first
        for place, asset in enumerate(self.assets):
            self.schedule(asset, first_s=place * 0.1)
        agenda.every(lambda: 1.0, self._each_second, first_s=1.0)

    def send(self, message: Any, kind: str, faults: list[str] | None = None) -> None:
        """Frame it, spoil it as the switches say, and put it on the line."""
        now_s, number = self.agenda.now_s, next(self._numbers)
        # A number or an empty map in CBOR is also MessagePack, of something else: no receiver could tell them apart.
        form = "cbor" if self.switches.happens("cbor", now_s) and message and isinstance(message, dict) else "msgpack"
        form = "json" if self.switches.happens("json_payload", now_s) else form
        wire, names = self._framed(message, form)
        if not names:
            self.line.judge.expect(number, wire)
            self._messages[number] = message
        data, spoiled = spoil(wire, self.switches, now_s)
        faults = [*(faults or ()), *names, *spoiled]
        self.ledger.enter("frame", frame=number, kind=kind, format=form, faults=faults, message=message)
        self.line.send(number, data, now_s)

    def stamp(self) -> str:
        """The gateway's own time, as it writes it."""
        return text(self.clock.now(self.agenda.now_s))

    def leave(self, away_s: float, event: str) -> None:
        """Disappear from the bus, come back later and say so; nothing while it is away already."""
        if self._is_away:
            return
        self._is_away = True
        self.line.drop("closed")
        self.port.unplug()
        self.ledger.enter("unplugged", for_s=round(away_s, 3))

        def say() -> None:
            self.send({"type": "event", "event": event, "board": BOARD, "ts": self.stamp()}, "event")

        def back() -> None:
            self._is_away = False
            self.port.plug_in()
            self.ledger.enter("plugged_in")
            self.agenda.after(0.5, say)

        self.agenda.after(away_s, back)

    def close(self) -> None:
        """Write what a perfect receiver must have."""
        self.ledger.close(bad_frames=self.line.judge.bad, latest=self.latest.all())

    def _framed(self, message: Any, form: str) -> tuple[bytes, list[str]]:
        """The bytes on the wire, and which faults of the frame itself make it unreadable."""
        payload, now_s, check = encoder(form)(message), self.agenda.now_s, crc(CRC)
        if self.switches.happens("two_byte_frame", now_s):
            return encode("cobs", payload[:2]), ["two_byte_frame"]
        if self.switches.happens("bad_crc", now_s):
            wrong = check.compute(payload) ^ self.switches.random.randint(1, 0xFFFF)
            return encode("cobs", payload + wrong.to_bytes(2, "big")), ["bad_crc"]
        swapped = check.append(payload, "little")
        if self.switches.happens("little_endian_crc", now_s) and swapped != check.append(payload):
            return encode("cobs", swapped), ["little_endian_crc"]
        return encode("cobs", check.append(payload)), []

    def schedule(self, asset: Asset, first_s: float) -> None:
        """It reports from then on."""
        period_s = 1.0

        def report() -> None:
            nonlocal period_s
            readings = asset.readings(round(self.agenda.now_s * 1e9))
            period_s = asset.cadence_s(readings) / self.plan.pace
            if asset.asset_id not in self.silent:
                self._report(asset, readings)

        self.agenda.every(lambda: period_s, report, first_s)

    def _report(self, asset: Asset, readings: dict[str, Any]) -> None:
        now_s = self.agenda.now_s
        for name, payload in (("scalar_payload", 42), ("empty_map", {}), ("unknown_type", {"type": "mystery"})):
            if self.switches.happens(name, now_s):
                self.send(payload, name)
        metrics, faults = misread(readings, self.switches, now_s)
        key = f"{asset.asset_id}-{self.plan.seed}-{round(now_s * 1000)}"
        self.send(self._telemetry(asset, metrics, key), "telemetry", faults)

    def _telemetry(self, asset: Asset, metrics: dict[str, Any], key: str) -> dict[str, Any]:
        return {
            "type": "telemetry",
            "site": self.plan.site,
            "device": self.plan.name,
            "asset_id": asset.asset_id,
            "channel": asset.channel,
            "metrics": metrics,
            "rssi_dbm": self.switches.random.randint(-85, -50),
            "mac": asset.mac,
            "fw": FIRMWARE,
            "idempotency_key": key,
            "ts": self.stamp(),
        }

    def _heard(self, number: int) -> None:
        message = self._messages.get(number)
        self.ledger.enter("heard", frame=number)
        if isinstance(message, dict) and message.get("type") == "telemetry":
            for name, value in message["metrics"].items():
                self.latest.take(f"{message['asset_id']}/{name}", message["ts"], value)
        while len(self._messages) > 4096:
            self._messages.pop(next(iter(self._messages)))

    def _lost(self, number: int, why: str) -> None:
        self.ledger.enter("lost", frame=number, why=why)

    def _look(self) -> None:
        """Notice the host: that it opened the port, what it wrote, that it reads again."""
        opened = self.line.watch() and not self._was_open
        self._was_open = self.port.is_open
        if opened:
            self._greet()
        commands, _ = self._decoder.feed(self.port.read())
        for command in commands:
            self._answers.take(command)
        self.line.pump(self.agenda.now_s)

    def _greet(self) -> None:
        self.ledger.enter("opened")
        delay_s = 0.0
        if self.switches.happens("reset_on_open", self.agenda.now_s):
            self.line.drop("closed")
            self.line.judge.take(BANNER[: self.port.write(BANNER)])
            self.clock = self._new_clock()
            delay_s = self.switches.random.uniform(0.3, 1.5)
        ready = {"type": "status", "status": "ready", "board": BOARD}
        self.agenda.after(delay_s, lambda: self.send({**ready, "ts": self.stamp()}, "status"))

    def _each_second(self) -> None:
        now_s = self.agenda.now_s
        if self.switches.happens("unplug", now_s):
            self.leave(self.switches.random.uniform(0.5, 30.0), "returned")
        if self.switches.happens("clock_jump", now_s):
            self.clock.jump(self.switches.random, now_s)
            self.ledger.enter("clock_jumped", to=self.stamp())

    def _new_clock(self) -> GatewayClock:
        random, start = self.switches.random, self.plan.start
        drifts = self.switches.happens("clock_drift", self.agenda.now_s)
        drift_ppm = random.uniform(-MOST_DRIFT_PPM, MOST_DRIFT_PPM) if drifts else 0.0
        is_set, now_s = not self.switches.happens("unsynced", self.agenda.now_s), self.agenda.now_s
        return GatewayClock(start, is_set, drift_ppm, booted_s=now_s)
