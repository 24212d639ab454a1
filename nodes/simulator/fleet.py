"""A fleet of MQTT devices on an agenda: when each publishes, leaves, comes back. Never here: sockets, real time."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from nodes.simulator.agenda import Agenda
from nodes.simulator.families import Topic
from nodes.simulator.faults import Switches
from nodes.simulator.fleet_device import FleetDevice, devices
from nodes.simulator.ledger import Ledger

ONLINE, OFFLINE = b'{"status":"online"}', b'{"status":"offline"}'
MOST_BACKLOG = 500
BURST_S, BURST_FACTOR = 5.0, 10
CHATTY_S = 0.01
LONG_BYTES = 2048
"""Longer payloads stand in the ledger by their length only."""


class Links(Protocol):
    """The devices' connections; real ones, or a test's record."""

    def connect(self, device: FleetDevice) -> None:
        """Connect, with a will; publish the birth at each connect."""

    def publish(self, number: int, device: FleetDevice, topic: str, payload: bytes, retain: bool) -> None:
        """Publish with QoS 1; the number comes back when it is acknowledged."""

    def leave(self, device: FleetDevice) -> None:
        """Say farewell."""

    def reset(self, device: FleetDevice) -> None:
        """Break the connection; it comes back by itself."""

    def take_over(self, device: FleetDevice) -> None:
        """Connect a second time under the same id."""


@dataclass(frozen=True)
class FleetPlan:
    """What is simulated: each device publishes every `period_s`."""

    start: datetime
    devices: int = 50
    seed: int = 1
    period_s: float = 5.0
    families: list[str] = field(default_factory=lambda: ["plain"])


class Fleet:
    """Puts everything its devices will ever do on the agenda."""

    def __init__(self, plan: FleetPlan, agenda: Agenda, links: Links, switches: Switches, ledger: Ledger):
        self.plan, self.agenda, self.links, self.switches, self.ledger = plan, agenda, links, switches, ledger
        self.devices = devices(plan.devices, plan.seed, plan.families, switches)
        self.retained: dict[str, str] = {}
        self._numbers = itertools.count(1)
        for place, device in enumerate(self.devices):
            self._join(device, after_s=place * plan.period_s / max(1, plan.devices))
            self._schedule(device, place)
        agenda.every(lambda: 1.0, self._each_second, first_s=1.0)

    def acknowledged(self, number: int) -> None:
        """The broker has this message."""
        self.ledger.enter("acknowledged", message=number)

    def lost(self, number: int) -> None:
        """This message may or may not have reached the broker; it is not sent again."""
        self.ledger.enter("uncertain", message=number)

    def commanded(self, device: FleetDevice, payload: bytes) -> None:
        """A device does what it is told, and says so with the words it was told by."""
        self.ledger.enter("command", device=device.name, payload=payload.decode(errors="replace")[:LONG_BYTES])
        self._publish(device, Topic(device.command_topics[1], "", False), payload, [])

    def close(self) -> None:
        """Write what the broker must hold and a perfect receiver must have."""
        self.ledger.close(retained=self.retained)

    def _schedule(self, device: FleetDevice, place: int) -> None:
        burst_until_s = 0.0

        def period_s() -> float:
            nonlocal burst_until_s
            if device.chatty:
                return CHATTY_S
            if self.switches.happens("burst", self.agenda.now_s):
                burst_until_s = self.agenda.now_s + BURST_S
                self.ledger.enter("burst", device=device.name)
            bursts = self.agenda.now_s < burst_until_s
            return self.plan.period_s / (BURST_FACTOR if bursts else 1)

        first_s = (place + 1) * self.plan.period_s / max(1, self.plan.devices)
        self.agenda.every(period_s, lambda: self._report(device), first_s)

    def _report(self, device: FleetDevice) -> None:
        now_s = self.agenda.now_s
        self._maybe_move(device)
        for topic, payload, faults in device.messages(self.plan.start, now_s, self.switches):
            if device.backlog_until_s is not None or not device.up:
                device.backlog.append((topic, payload, faults))
                if len(device.backlog) > MOST_BACKLOG:
                    lost = device.backlog.pop(0)
                    self.ledger.enter("dropped", device=device.name, topic=lost[0].name)
            else:
                self._publish(device, topic, payload, faults)
                if self.switches.happens("duplicate", now_s):
                    self._publish(device, topic, payload, [*faults, "duplicate"])
        self._maybe_replay(device)

    def _maybe_replay(self, device: FleetDevice) -> None:
        if not device.up or not device.backlog:
            return
        if device.backlog_until_s is not None and self.agenda.now_s < device.backlog_until_s:
            return
        device.backlog_until_s = None
        old, device.backlog = device.backlog, []
        for place, (topic, payload, faults) in enumerate(old):
            self.agenda.after(0.01 * place, partial(self._publish, device, topic, payload, [*faults, "backlog"]))

    def _maybe_move(self, device: FleetDevice) -> None:
        """Whether this device leaves, breaks, is taken over, or keeps what it measures for a while."""
        now_s, happens = self.agenda.now_s, self.switches.happens
        if not device.up:
            return
        if happens("backlog", now_s):
            device.backlog_until_s = now_s + self.switches.random.uniform(10.0, 60.0)
            self.ledger.enter("keeps", device=device.name)
        if happens("delete_retained", now_s):
            self._publish(device, Topic(device.status_topic, "", True), b"", ["delete_retained"])
        if happens("leave", now_s):
            device.up = False
            self.ledger.enter("leaves", device=device.name)
            self.links.leave(device)
            self._join(device, after_s=self.switches.random.uniform(5.0, 20.0))
        elif happens("reset", now_s):
            self._reset(device)
        elif happens("takeover", now_s):
            self.ledger.enter("taken_over", device=device.name)
            self.links.take_over(device)

    def _join(self, device: FleetDevice, after_s: float) -> None:
        def join() -> None:
            device.up = True
            self.ledger.enter("joins", device=device.name, family=device.family, retained=device.births_retained)
            if device.births_retained:
                self.retained[device.status_topic] = ONLINE.decode()
            self.links.connect(device)

        self.agenda.after(after_s, join)

    def _reset(self, device: FleetDevice) -> None:
        self.ledger.enter("reset", device=device.name)
        self.links.reset(device)

    def _each_second(self) -> None:
        if self.switches.happens("storm", self.agenda.now_s):
            for device in self.devices:
                if device.up:
                    self._reset(device)

    def _publish(self, device: FleetDevice, topic: Topic, payload: bytes, faults: list[str]) -> None:
        number = next(self._numbers)
        shown: dict[str, Any] = {"bytes": len(payload)}
        if len(payload) <= LONG_BYTES:
            shown = {"payload": payload.decode(errors="replace")}
        self.ledger.enter(
            "message", message=number, device=device.name, topic=topic.name, retain=topic.retain, faults=faults, **shown
        )
        if topic.retain:
            self.retained[topic.name] = shown.get("payload", "...")
            if not payload:
                del self.retained[topic.name]
        self.links.publish(number, device, topic.name, payload, topic.retain)
