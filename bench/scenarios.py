"""The scenarios, and how a rig is brought up for one. What each flow does is told in README.md."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bench.rig import Rig, wait_for

Params = dict[str, Any]
READY_S = 30
PIPE_WINDOW = 20_000
"""Frames in flight in the pseudo-terminal, whose engine answers only every 500."""


@dataclass(frozen=True)
class Scenario:
    """Who receives, and where the input comes from."""

    receiver: Literal["sink", "sub", "ws", "gauge"]
    source: Literal["broker", "pty", "inside", "feed"] = "broker"


SCENARIOS = {
    "f1": Scenario("sink"),
    "f1t": Scenario("sink"),
    "f2": Scenario("sub"),
    "f3": Scenario("ws"),
    "f4": Scenario("gauge", "pty"),
    "f4t": Scenario("gauge", "pty"),
    "f5": Scenario("gauge"),
    "f6": Scenario("gauge", "inside"),
}


class Engine(Protocol):
    """An engine under test: one module in adapters/ with a class of this form."""

    def prepare(self, rig: Rig, scenario: str, params: Params) -> tuple[list[str], dict[str, str], Any]:
        """Write the flow below `rig.dir`; the command line, extra environment and working folder to start with."""


def publisher(params: Params, rig: Rig) -> list[object]:
    """Arguments of the generator."""
    arguments: list[object] = ["-q", params.get("qos", 0), "-p", rig.mqtt_port, "-i", params.get("inflight", 1000)]
    for name, option in (("strevery", "-e"), ("dirty", "-D"), ("alert", "-a")):
        if params.get(name):
            arguments += [option, params[name]]
    return [*arguments, "-I", "fb-pub"]


def bring_up(rig: Rig, engine: Engine, name: str, params: Params) -> None:
    """Start broker, receiver and engine; return when the engine has subscribed. Raises `RuntimeError`."""
    scenario = SCENARIOS[name]
    rig.broker()
    if scenario.receiver == "sink":
        rig.tool("sink", "-p", rig.sink_port)
    elif scenario.receiver in ("sub", "gauge"):
        rig.tool("sub", "-p", rig.mqtt_port, "-I", "fb-sub")
    if scenario.source == "pty":
        _start_pipe(rig, params)
    start_engine(rig, engine, name, params)
    if scenario.source == "broker" and not wait_for(rig.subscribed, READY_S):
        raise RuntimeError("the engine did not subscribe: " + rig.log("engine"))
    if scenario.receiver == "ws":
        path = params.get("ws_path", "/ws")
        rig.tool("ws", "-p", rig.http_port, "-k", params.get("clients", 1), "-u", path)
        if not wait_for(lambda: rig.ledger["ready"] >= 1, READY_S):
            raise RuntimeError("no WebSocket: " + rig.log("ws") + rig.log("engine"))


def start_engine(rig: Rig, engine: Engine, name: str, params: Params) -> int:
    """Start the engine; when, in monotonic nanoseconds."""
    argv, env, cwd = engine.prepare(rig, name, params)
    began_ns = time.monotonic_ns()
    rig.spawn("engine", argv, env, cwd)
    return began_ns


def _start_pipe(rig: Rig, params: Params) -> None:
    arguments: list[object] = ["-l", rig.pty, "-w", params.get("window", PIPE_WINDOW), "-c", params["count"]]
    for name, option in (("rate", "-r"), ("dirty", "-D")):
        if params.get(name):
            arguments += [option, params[name]]
    rig.tool("pty", *arguments)
    if not wait_for(lambda: os.path.islink(rig.pty), 5):
        raise RuntimeError("no pseudo-terminal: " + rig.log("pty"))
