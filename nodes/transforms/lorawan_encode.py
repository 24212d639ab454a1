"""`lorawan_encode`: payloads as downlinks for LoRaWAN devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from flowengine.expression import TemplateText
from nodes.codecs.lorawan.downlinks import Downlink, Priority, Server


class LorawanEncodeConfig(Config):
    """Settings of `lorawan_encode`."""

    server: Server
    """Who sends it: ChirpStack v4, or The Things Stack v3 (TTN)."""

    f_port: Annotated[int, Field(ge=1, le=223)]
    """LoRaWAN port on which the device expects it."""

    confirmed: bool = False
    """The device has to acknowledge it; until then the server sends it again, and nothing else."""

    device_eui: TemplateText | None = None
    """With ChirpStack: the device, 16 hex digits; by default what `lorawan_decode` left in meta."""

    priority: Priority = "NORMAL"
    """With TTN: its place in the queue."""


class LorawanEncode(Transform):
    """Write each payload as a downlink that `mqtt_out` publishes: bytes as they are, a map for the server's encoder.

    ChirpStack takes it at `application/APPLICATION_ID/device/DEV_EUI/command/down`, The Things Stack at
    `v3/APPLICATION@TENANT/devices/DEVICE_ID/down/push` (`down/replace` empties the queue before). The server keeps it
    until the device can hear it: one of class A after its next uplink.
    """

    config: LorawanEncodeConfig
    examples = (
        Example("To ChirpStack", "{server: chirpstack, f_port: 10, device_eui: '0101010101010101'}",
                given=[b"\x01\x1e"],
                gives=[{"devEui": "0101010101010101", "confirmed": False, "fPort": 10, "data": "AR4="}]),
        Example("To TTN, for its encoder", "{server: ttn, f_port: 15, confirmed: true, priority: HIGH}",
                given=[{"valve": "open"}],
                gives=[{"downlinks": [{"decoded_payload": {"valve": "open"}, "f_port": 15, "confirmed": True,
                                       "priority": "HIGH"}]}]),
    )  # fmt: skip

    def start(self) -> None:
        config = self.config
        self._downlink = Downlink(config.server, config.f_port, config.confirmed, config.priority)

    def process(self, messages: Messages) -> Sequence[Message]:
        command, euis = self._downlink.command, self._euis(messages)
        try:
            return [m.with_payload(command(m.payload, eui)) for m, eui in zip(messages, euis, strict=True)]
        except ValueError as fault:
            raise Rejected(f"downlink: {fault}") from fault

    def _euis(self, messages: Messages) -> Sequence[str]:
        if self.config.device_eui is not None:
            return self.config.device_eui.each(messages)
        return [str(m.meta.get("device_eui", "")) for m in messages]
