"""What SNMP says of an object, as messages have it (RFC 2578, 7.1). Pure."""

from __future__ import annotations

from typing import Any

from pysnmp.proto import rfc1902, rfc1905

_NONE = {
    rfc1905.NoSuchObject: "the device has no such object",
    rfc1905.NoSuchInstance: "the device has no such instance",
    rfc1905.EndOfMibView: "behind the last object",
}
_CONTROLS = frozenset(range(32)) - {9, 10, 13}


def plain(value: Any) -> Any:
    """A number, text, an OID, or bytes: octets that are no text, such as MAC addresses. Raises ValueError for none."""
    for kind, reason in _NONE.items():
        if isinstance(value, kind):
            raise ValueError(reason)
    if isinstance(value, rfc1902.IpAddress):
        return ".".join(str(octet) for octet in value.asOctets())
    if hasattr(value, "asTuple"):  # an object identifier
        return str(value)
    if hasattr(value, "asOctets"):
        return _text_or_bytes(bytes(value.asOctets()))
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError("no value") from None


def _text_or_bytes(data: bytes) -> str | bytes:
    if _CONTROLS & set(data):
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
