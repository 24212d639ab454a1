"""Points of SNMP agents. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator

from nodes.polling.blocks import Block
from nodes.polling.points import Point

_OID = re.compile(r"[0-2](\.\d{1,10}){1,127}")


def oid(text: str) -> str:
    """The OID without a dot before it. Raises ValueError for what is none."""
    if not _OID.fullmatch(text.removeprefix(".")):
        raise ValueError(f"{text!r} is no OID; write 1.3.6.1.2.1.1.3.0")
    return text.removeprefix(".")


class SnmpPoint(Point):
    """An object of an SNMP agent, or with `walk` and `table` all objects below it."""

    address: Annotated[str, AfterValidator(oid)]
    """Its OID in numbers: `1.3.6.1.2.1.2.2.1.10.1` is `ifInOctets` of interface 1."""


def read(point: SnmpPoint, block: Block, start: int, data: list[Any]) -> Any:
    """The point's value in what a block brought: one, or by index what is below it. Raises ValueError."""
    value = data[start - block.start]
    if isinstance(value, ValueError):
        raise value
    if isinstance(value, dict):
        if not value:
            raise ValueError("the device has nothing below it")
        return {index: _scaled(point, each) for index, each in value.items()}
    return _scaled(point, value)


def rows_of(columns: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A table of its columns: a row for each index, in the order of the indices' numbers."""
    indices = {index for column in columns.values() for index in column}
    in_order = sorted(indices, key=lambda index: [int(part) for part in index.split(".")])
    return [
        {"index": index, **{name: column[index] for name, column in columns.items() if index in column}}
        for index in in_order
    ]


def _scaled(point: SnmpPoint, value: Any) -> Any:
    return point.value_of(value) if point.is_scaled and isinstance(value, int | float) else value
