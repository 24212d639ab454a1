"""What `flowengine simulate own …/classroom` asks for: its arguments, its faults, and what it does. Never here: how."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from nodes.clients.mqtt import MqttSettings
from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.own import Make
from nodes.simulator.perform import perform

from .faults import KNOWN as KNOWN
from .faults import PRESETS as PRESETS
from .links import ClassroomLinks, MqttLink, UsbLink
from .students import ClassPlan, Classroom

DEVICES = 20
"""How many students, unless told."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the class takes besides what all simulators take."""
    parser.description = "Students who submit programs, and the robot that runs them."
    parser.add_argument("--url", default="mqtt://127.0.0.1:1883", help="the robot's broker (%(default)s)")
    parser.add_argument("--username", help="at the broker; the password is MQTT_PASSWORD of the environment")
    parser.add_argument("--usb", type=Path, metavar="PATH", help="the robot is on a pseudo terminal there instead")
    parser.add_argument("--http", default="http://127.0.0.1:8880", help="where students submit (%(default)s)")
    parser.add_argument("--period", type=float, default=30.0, metavar="SECONDS", help="between two of a student")
    parser.add_argument("--pace", type=float, default=1.0, metavar="FACTOR", help="programs end so much faster")


def make(options: argparse.Namespace) -> Make:
    """The class that these options describe; SESSION_KEY of the environment signs its sessions. Raises ValueError."""
    for name in ("devices", "period", "pace"):
        if getattr(options, name) <= 0:
            raise ValueError(f"--{name} must be more than 0")
    plan = ClassPlan(options.devices, options.period, options.pace, prefix=f"p{datetime.now(UTC):%H%M%S}-")
    settings = MqttSettings(
        url=options.url, username=options.username, password=os.environ.get("MQTT_PASSWORD"),
        client_id="simulated robot", session_expiry_s=0,
    )  # fmt: skip

    async def simulate(agenda: Agenda, switches: Switches, ledger: Ledger) -> None:
        robot = MqttLink(settings) if options.usb is None else UsbLink(options.usb)
        links = ClassroomLinks(options.http, os.environ.get("SESSION_KEY", ""), robot)
        classroom = Classroom(plan, agenda, links, switches, ledger)
        links.hear, links.answered = classroom.robot.hear, classroom.answered
        print(f"{plan.students} students submit to {options.http}", flush=True)
        with closing(classroom):
            async with links:
                await perform(agenda, options.seconds)

    return simulate
