"""Points of OPC UA servers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from nodes.polling.points import Point

_NODE_ID = re.compile(r"(ns=\d{1,5};)?(i=\d{1,10}|s=.+|g=[0-9a-fA-F-]{36}|b=\S+)")


def _node_id(text: str) -> str:
    if not _NODE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is no node id; write ns=2;s=Line1.Temp or ns=2;i=1001")
    return text


class OpcUaPoint(Point):
    """A variable of an OPC UA server."""

    address: Annotated[str, AfterValidator(_node_id)]
    """Its node id, such as `ns=2;s=Line1.Temp` or `ns=2;i=1001`."""


def faults_of(points: Sequence[OpcUaPoint]) -> list[tuple[str, str]]:
    """What is wrong across points, as (option, fault)."""
    seen: dict[str, str] = {}
    faults = []
    for row, point in enumerate(points):
        if point.address in seen:
            faults.append((f"points.{row}.address", f"{point.address} is also that of {seen[point.address]}"))
        seen.setdefault(point.address, point.name)
    return faults
