"""What ChirpStack v4 and The Things Stack v3 (TTN) take to send something to a device. Never here: MQTT, messages."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal

from flowengine.counts import count_of
from nodes.codecs.lorawan.uplinks import EUI

Server = Literal["chirpstack", "ttn"]
Priority = Literal["LOWEST", "LOW", "BELOW_NORMAL", "NORMAL", "ABOVE_NORMAL", "HIGH", "HIGHEST"]
MAX_BYTES = 242
"""No region lets a frame carry more (LoRaWAN Regional Parameters); most data rates carry less."""


@dataclass(frozen=True, slots=True)
class Downlink:
    """How a payload goes down: port 1 to 223, acknowledged by the device or not; `priority` is TTN's."""

    server: Server
    f_port: int
    confirmed: bool
    priority: Priority

    def command(self, payload: Any, device_eui: str) -> dict[str, Any]:
        """The JSON that the server takes; bytes go as they are, a map is left to the server's own encoder.

        Raises ValueError. Source: ChirpStack v4, MQTT integration; The Things Stack v3, MQTT Server.
        """
        if self.server == "ttn":
            what = _what(payload, "frm_payload", "decoded_payload")
            how = {"f_port": self.f_port, "confirmed": self.confirmed, "priority": self.priority}
            return {"downlinks": [{**what, **how}]}
        eui = device_eui.lower()
        if not EUI.fullmatch(eui):
            raise ValueError(f"{device_eui[:40]!r} is no EUI of 16 hex digits")
        what = _what(payload, "data", "object")
        return {"devEui": eui, "confirmed": self.confirmed, "fPort": self.f_port, **what}


def _what(payload: Any, raw: str, decoded: str) -> dict[str, Any]:
    if isinstance(payload, dict):
        return {decoded: payload}
    if not isinstance(payload, bytes | bytearray | memoryview):
        raise ValueError("payload is neither bytes nor a map")
    if len(payload) > MAX_BYTES:
        raise ValueError(f"payload has {count_of(len(payload), 'byte')}; a frame carries at most {MAX_BYTES}")
    return {raw: base64.b64encode(payload).decode()}
