"""One connection as it is now: state, figures, devices, last frames. Measures nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from flowengine.engine import Engine
from flowengine.flow.places import public
from flowengine.node import Connection
from flowengine.runtime.view import FlowView, NodeView


class DeviceRow(msgspec.Struct):
    """A device on the connection; `bad` has the reasons of addresses or points that bring nothing."""

    name: str
    reason: str
    figures: dict[str, float]
    bad: dict[str, str]


class FrameRow(msgspec.Struct):
    """What went over the line at one time, in hex; cut when `length` is more."""

    at_ms: float
    sent: bool
    hex: str
    length: int
    about: str


class UserRow(msgspec.Struct):
    """A node that uses the connection, or cuts what such a one brings into messages."""

    node: str
    type: str
    received: int
    sent: int
    refused: dict[str, int]
    """Messages that it refused, by reason."""

    counted: dict[str, int]
    """What it counts itself, by name."""


class ConnectionReport(msgspec.Struct):
    """One connection."""

    flow: str
    connection: str
    type: str
    at_ms: float
    up: bool | None
    detail: str
    reconnects: int
    told: bool
    """Whether it tells more of itself than that."""

    can_read_now: bool
    figures: dict[str, float]
    devices: list[DeviceRow]
    users: list[UserRow]
    frames: list[FrameRow]


def report_of(engine: Engine, flow: str, name: str, with_frames: bool) -> ConnectionReport:
    """The connection of that name in a running flow. Raises KeyError."""
    connection = open_connection(engine, flow, name)
    spec, found = engine.flows[flow].flow.connections[name], connection.diagnosis()
    return ConnectionReport(
        flow=flow, connection=name, type=spec.type, at_ms=engine.clock.time_ns() / 1e6, up=connection.up,
        detail="" if connection.up else connection.fault, reconnects=connection.reconnects, told=found is not None,
        can_read_now=connection.can_read_now, figures=dict(found.figures) if found else {},
        devices=[DeviceRow(each.name, each.reason, dict(each.figures), dict(each.bad)) for each in found.parties]
        if found else [],
        users=[_user(each) for each in dict.fromkeys(_users(engine.flows[flow], name))],
        frames=[FrameRow(*(getattr(each, key) for key in FrameRow.__struct_fields__)) for each in found.frames]
        if found and with_frames else [],
    )  # fmt: skip


def _users(runtime: FlowView, connection: str) -> Iterator[NodeView]:
    """Whoever names the connection, each followed by who divides what it brings."""
    for station in runtime.stations.values():
        if station.spec.options.get("connection") == connection:
            yield station
            for wire in (wire for wires in station.wires.values() for wire in wires):
                if wire.target.node is not None and wire.target.node.divides:
                    yield wire.target


def _user(station: NodeView) -> UserRow:
    return UserRow(
        public(station.name), station.spec.type, station.received, station.sent,
        dict(station.errors), dict(station.counted),
    )  # fmt: skip


def open_connection(engine: Engine, flow: str, name: str) -> Connection:
    """The open client. Raises KeyError where the flow does not run or has no such connection."""
    runtime = engine.flows.get(flow)
    if runtime is None or name not in runtime.connections:
        raise KeyError(f"no connection {flow}/{name} is open")
    return runtime.connections[name]
