"""Uplinks as ChirpStack v4 and The Things Stack v3 (TTN) publish them, in one shape. Never here: MQTT, messages."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodes.values.instants import instant_ns

EUI = re.compile(r"[0-9a-f]{16}")
MAX_COUNTER = 2**32 - 1
Map = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Uplink:
    """One frame of a device.

    device_eui: 16 hex digits, small letters; device: its name (ChirpStack) or id (TTN)
    session: what changes when the device joins anew; its frame counter then begins again
    data: the decrypted payload; decoded: what the server's own decoder made of it, None without one
    time_ns: when the network received it, None where nobody says
    rssi, snr: dBm and dB at the gateway that heard it best; gateways: how many heard it
    """

    server: str
    device_eui: str
    device: str
    application: str
    session: str
    f_port: int
    f_cnt: int
    confirmed: bool
    data: bytes
    decoded: dict[str, Any] | None
    time_ns: int | None
    rssi: float | None
    snr: float | None
    gateway: str
    gateways: int


def uplink(event: Any) -> Uplink:
    """The uplink in an event of either server. Raises ValueError with what is wrong.

    Fields that are 0, false or empty may be left out, as both servers do (proto3's JSON).
    """
    if not isinstance(event, dict):
        raise ValueError("payload is no map; read it as JSON first")
    if isinstance(event.get("deviceInfo"), dict):
        return _chirpstack(event)
    if isinstance(event.get("end_device_ids"), dict):
        return _ttn(event)
    raise ValueError("neither ChirpStack v4 (deviceInfo) nor The Things Stack v3 (end_device_ids) says such a thing")


def _chirpstack(event: Map) -> Uplink:
    """Source: ChirpStack v4, api/proto/integration, UplinkEvent."""
    device = event["deviceInfo"]
    if not isinstance(event.get("rxInfo"), list):
        raise ValueError("no uplink: an event of ChirpStack without rxInfo")
    if event.get("joinServerContext"):
        raise ValueError("data is encrypted: the server has no key of the application")
    heard = _heard(event["rxInfo"], "gatewayId")
    return Uplink(
        server="chirpstack",
        device_eui=_eui(device.get("devEui"), "deviceInfo.devEui"),
        device=_text(device, "deviceName"),
        application=_text(device, "applicationId"),
        session=_text(event, "devAddr"),
        f_port=_count(event, "fPort", 255),
        f_cnt=_count(event, "fCnt", MAX_COUNTER),
        confirmed=event.get("confirmed") is True,
        data=_data(event, "data"),
        decoded=_decoded(event, "object"),
        time_ns=_time_ns(event, "time"),
        **heard,
    )


def _ttn(event: Map) -> Uplink:
    """Source: The Things Stack v3, Data Formats, Uplink Messages."""
    ids, said = event["end_device_ids"], event.get("uplink_message")
    if not isinstance(said, dict):
        raise ValueError("no uplink: an event of The Things Stack without uplink_message")
    if said.get("app_s_key") and not event.get("simulated"):
        raise ValueError("data is encrypted: the server was told not to decrypt it (app_s_key)")
    applications = ids.get("application_ids")
    return Uplink(
        server="ttn",
        device_eui=_eui(ids.get("dev_eui"), "end_device_ids.dev_eui"),
        device=_text(ids, "device_id"),
        application=_text(applications if isinstance(applications, dict) else {}, "application_id"),
        session=_text(said, "session_key_id") or _text(ids, "dev_addr"),
        f_port=_count(said, "f_port", 255),
        f_cnt=_count(said, "f_cnt", MAX_COUNTER),
        confirmed=said.get("confirmed") is True,
        data=_data(said, "frm_payload"),
        decoded=_decoded(said, "decoded_payload"),
        time_ns=_time_ns(said, "received_at") or _time_ns(event, "received_at"),
        **_heard(said.get("rx_metadata"), "gateway_ids"),
    )


def _heard(found: Any, key: str) -> dict[str, Any]:
    """How well the gateway heard it that heard it best."""
    heard = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    best = max(heard, key=_strength, default={})
    gateway = best.get(key)
    name = _text(gateway, "gateway_id") if isinstance(gateway, dict) else _text(best, key)
    return {"rssi": _number(best, "rssi"), "snr": _number(best, "snr"), "gateway": name, "gateways": len(heard)}


def _strength(heard: Map) -> tuple[float, float]:
    """Noise hides how strong a signal is: the ratio to it counts first."""
    rssi, snr = _number(heard, "rssi"), _number(heard, "snr")
    return (-1e9 if snr is None else snr, -1e9 if rssi is None else rssi)


def _eui(found: Any, name: str) -> str:
    eui = found.lower() if isinstance(found, str) else ""
    if not EUI.fullmatch(eui):
        raise ValueError(f"{name} is no EUI of 16 hex digits")
    return eui


def _text(found: Map, key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _number(found: Map, key: str) -> float | None:
    value = found.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(found: Map, key: str, most: int) -> int:
    value = found.get(key)
    if value is None:
        return 0
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{key} is no number from 0 to {most}")
    return value


def _data(found: Map, key: str) -> bytes:
    value = found.get(key) or ""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise ValueError(f"{key} is no base64") from None


def _decoded(found: Map, key: str) -> dict[str, Any] | None:
    value = found.get(key)
    return value if isinstance(value, dict) else None


def _time_ns(found: Map, key: str) -> int | None:
    value = found.get(key)
    if value is None:
        return None
    try:
        return instant_ns(value)
    except ValueError:
        raise ValueError(f"{key} is no time") from None
