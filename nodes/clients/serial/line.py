"""What a serial line is: port, speed, framing of a byte; and where the port is now. Opens nothing."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from serial.tools import list_ports

from flowengine import Config

_USB = re.compile(r"usb:([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?:/(.+))?")


def _port(text: str) -> str:
    if text.startswith("usb:") and not _USB.fullmatch(text):
        raise ValueError(
            f"{text!r} is no USB port; write usb:VID:PID or usb:VID:PID/SERIAL, as in usb:0403:6015/A50285BI"
        )
    if not text.startswith(("usb:", "/")):
        raise ValueError(f"{text!r} is no port; write a path such as /dev/ttyUSB0, or usb:VID:PID/SERIAL")
    return text


def _stop_bits(bits: float) -> float:
    if bits not in (1, 1.5, 2):
        raise ValueError("stop bits are 1, 1.5 or 2")
    return bits


Port = Annotated[str, AfterValidator(_port)]
"""Path of a device, or its USB id."""


class SerialLine(Config):
    """Settings of a serial line, whichever port it is on."""

    baud: int = Field(default=115_200, ge=50, le=20_000_000, json_schema_extra={"x-unit": "bit/s"})
    """Bits per second."""

    data_bits: Literal[5, 6, 7, 8] = 8
    """Bits of a byte."""

    parity: Literal["none", "even", "odd", "mark", "space"] = "none"
    """Check bit."""

    stop_bits: Annotated[float, AfterValidator(_stop_bits)] = Field(default=1, json_schema_extra={"x-unit": "bit"})
    """Length of the pause after a byte, in bits: 1, 1.5 or 2."""

    rtscts: bool = False
    """Hardware flow control: the device waits while the flow is full."""

    dtr: bool | None = None
    """State of DTR when the port opens; many boards reset when it changes. Left to the system by default."""

    rts: bool | None = None
    """State of RTS when the port opens. Left to the system by default."""

    exclusive: bool = True
    """Refuse to share the port with another program."""


def one_of(port: str | None, connection: str) -> list[tuple[str, str]]:
    """What is wrong with options of which a node must have just one, as (option, fault)."""
    return [("port", "give either a port or a connection")] if bool(port) == bool(connection) else []


def find(port: str) -> str | None:
    """The path of the device at this moment; None while it is not there. Blocking."""
    usb = _USB.fullmatch(port)
    if usb is None:
        return port if os.path.exists(port) else None
    vid, pid, serial_number = int(usb[1], 16), int(usb[2], 16), usb[3]
    for found in list_ports.comports():
        if (found.vid, found.pid) == (vid, pid) and serial_number in (None, found.serial_number):
            return str(found.device)
    return None
