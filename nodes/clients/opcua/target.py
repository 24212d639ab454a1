"""A node of an OPC UA server that is written to: old value, one write, read-back. Never here: journal, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asyncua import ua
from asyncua.ua import uaerrors
from asyncua.ua.uaerrors import UaStatusCodeError

from flowengine.clock import Clock
from nodes.clients.opcua.session import FAULTS, Session, words
from nodes.clients.opcua.values import reading, single
from nodes.polling.points import Point
from nodes.writes.journal import NO_ANSWER, REFUSED, WRITTEN, Write
from nodes.writes.read_back import Shown, read_back

_UNKNOWN = (
    uaerrors.BadTimeout, uaerrors.BadRequestTimeout, uaerrors.BadConnectionClosed, uaerrors.BadCommunicationError,
    uaerrors.BadSecureChannelClosed, uaerrors.BadSessionClosed,
)  # fmt: skip
"""What a server says that does not know itself whether the value arrived."""


class Target:
    """Points of one server by name; `addresses` are their node ids."""

    def __init__(
        self, session: Session, points: Mapping[str, Point], addresses: Mapping[str, str], clock: Clock,
        read_back_s: float | None,
    ):  # fmt: skip
        self._session, self._points, self._addresses = session, points, addresses
        self._clock, self._read_back_s = clock, read_back_s

    async def write(self, write: Write) -> None:
        """Write once and say in `write` what became of it."""
        client = self._session.client
        if client is None:
            write.result, write.reason = REFUSED, f"not connected: {self._session.reason}"
            return
        node, point = client.get_node(self._addresses[write.point]), self._points[write.point]
        try:
            kind = await node.read_data_type_as_variant_type()
            held = reading(await node.read_data_value(raise_on_bad_status=False)).value
            write.old = self._value(point, held)
            if isinstance(held, list):
                raise ValueError("an array cannot be written")
            wanted = _converted(point, write.value, kind)
        except FAULTS as fault:
            write.result, write.reason = REFUSED, words(fault)
            return
        write.result, write.reason = await self._send(node, ua.DataValue(ua.Variant(wanted, kind)))
        if write.result == WRITTEN and self._read_back_s is not None:
            wanted = single(wanted) if kind == ua.VariantType.Float else wanted
            await self._look(node, point, wanted, write, self._read_back_s)

    async def _send(self, node: Any, value: ua.DataValue) -> tuple[str, str]:
        try:
            await node.write_value(value)
        except UaStatusCodeError as refused:
            return NO_ANSWER if isinstance(refused, _UNKNOWN) else REFUSED, words(refused)
        except FAULTS as fault:
            return NO_ANSWER, words(fault)
        return WRITTEN, ""

    async def _look(self, node: Any, point: Point, wanted: Any, write: Write, within_s: float) -> None:
        async def show() -> Shown:
            found = reading(await node.read_data_value(raise_on_bad_status=False)).value
            return Shown(self._value(point, found), found == wanted)

        await read_back(write, show, words, FAULTS, self._clock, within_s, "server")

    def _value(self, point: Point, raw: Any) -> Any:
        return point.value_of(raw) if point.is_scaled and isinstance(raw, int | float) else raw


_WHOLE = {"SByte": 8, "Byte": 8, "Int16": 16, "UInt16": 16, "Int32": 32, "UInt32": 32, "Int64": 64, "UInt64": 64}


def _converted(point: Point, value: Any, kind: ua.VariantType) -> Any:
    """The value in the node's own type. Raises ValueError where it does not fit."""
    name = kind.name
    if name == "Boolean":
        if value not in (True, False, 0, 1):
            raise ValueError(f"{value!r} is neither true nor false")
        return bool(value)
    if name == "String":
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text")
        return value
    if name not in ("Float", "Double", *_WHOLE):
        raise ValueError(f"a {name} cannot be written")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    raw = point.raw_of(value)
    if name in _WHOLE:
        return _whole(round(raw), name)
    return ua.Float(raw) if name == "Float" else float(raw)


def _whole(raw: int, name: str) -> int:
    bits, signed = _WHOLE[name], not name.startswith(("U", "Byte"))
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    if not low <= raw <= high:
        raise ValueError(f"{raw} does not fit into {name}")
    return raw
