"""`lorawan_decode`: uplinks of LoRaWAN devices as ordinary messages."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import PositiveInt

from flowengine import Config, Duration, Emit, Example, Message, Messages, Stateful
from nodes.codecs.lorawan.counters import FrameCounters
from nodes.codecs.lorawan.uplinks import Uplink, uplink
from nodes.timing.clock_units import to_ns

_FROM_CHIRPSTACK = {
    "time": "2026-03-01T08:15:00.250Z",
    "deviceInfo": {"applicationId": "17c8", "deviceName": "silo-3", "devEui": "0101010101010101"},
    "fCnt": 10, "fPort": 2, "data": "AOs=", "object": {"t_c": 23.5},
    "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -48, "snr": 9.0}],
}  # fmt: skip


class LorawanDecodeConfig(Config):
    """Settings of `lorawan_decode`."""

    payload: Literal["auto", "decoded", "bytes"] = "auto"
    """What the server's decoder made of it, or the device's own bytes; `auto`: bytes where nothing was decoded."""

    within: Duration = 600.0
    """The same frame counter again within this time is the same frame; later the device has begun to count anew."""

    max_devices: PositiveInt = 100_000
    """Devices remembered; beyond it the one that said nothing for longest is forgotten."""


class LorawanDecode(Stateful):
    """Read uplinks of ChirpStack v4 and The Things Stack v3 (TTN), come as JSON; drop and count frames that come twice.

    `meta` gets `device_eui`, `device`, `application`, `server`, `f_port`, `f_cnt`, `confirmed`, and of the gateway that
    heard it best `gateway`, `rssi` (dBm) and `snr` (dB), with `gateways`, how many heard it. The message's time is that
    of reception. Where the device began to count anew (joined, restarted), `meta.f_cnt_reset` is true.
    """

    config: LorawanDecodeConfig
    absorbs = False  # a forgotten frame lets one that comes twice pass
    examples = (
        Example("Values of ChirpStack's decoder", given=[_FROM_CHIRPSTACK], gives=[{"t_c": 23.5}]),
        Example("The device's own bytes", "payload: bytes", given=[_FROM_CHIRPSTACK], gives=[b"\x00\xeb"]),
    )

    def start(self) -> None:
        self._counters = FrameCounters(to_ns(self.config.within), self.config.max_devices)

    def process(self, messages: Messages, now_s: float) -> Emit:
        out: list[Message] = []
        bad: list[tuple[Message, str]] = []
        for message in messages:
            try:
                found = uplink(message.payload)
                payload = self._payload(found)
            except ValueError as fault:
                bad.append((message, f"uplink: {fault}"))
                continue
            time_ns = message.time_ns if found.time_ns is None else found.time_ns
            verdict = self._counters.judge(found.device_eui, found.session, found.f_cnt, time_ns)
            if verdict == "duplicate":
                self.context.count("frames that came twice")
                continue
            if verdict == "reset":
                self.context.count("frame counters that began anew")
            meta = {**message.meta, **_meta(found), **({"f_cnt_reset": True} if verdict == "reset" else {})}
            out.append(message.replace(payload=payload, time_ns=time_ns, meta=meta))
        return Emit(out, rejected=bad)

    def snapshot(self, now_s: float) -> Any:
        return self._counters.snapshot()

    def restore(self, state: Any, now_s: float) -> None:
        self._counters.restore(state)

    def _payload(self, found: Uplink) -> Any:
        wanted = self.config.payload
        if wanted == "bytes" or (wanted == "auto" and found.decoded is None):
            return found.data
        if found.decoded is None:
            raise ValueError("the server decoded nothing")
        return found.decoded


_META = (
    "server", "device_eui", "device", "application", "f_port", "f_cnt", "confirmed", "gateway", "gateways",
    "rssi", "snr",
)  # fmt: skip


def _meta(found: Uplink) -> dict[str, Any]:
    return {name: value for name in _META if (value := getattr(found, name)) not in (None, "")}
