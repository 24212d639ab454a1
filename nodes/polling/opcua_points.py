"""Points of OPC UA servers. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from nodes.polling.points import Point

_GUID = "-".join(f"[0-9a-fA-F]{{{digits}}}" for digits in (8, 4, 4, 4, 12))
_NODE_ID = re.compile(rf"(?:ns=(\d{{1,5}});)?(?:i=(\d{{1,10}})|s=.{{1,4096}}|g={_GUID}|b=(\S+))")


def node_id(text: str) -> str:
    """The text, where it is a node id that fits its encoding (OPC 10000-6, 5.1.13). Raises ValueError."""
    found = _NODE_ID.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no node id; write ns=2;s=Line1.Temp or ns=2;i=1001")
    space, number, opaque = found.groups()
    if int(space or 0) >= 2**16:
        raise ValueError(f"namespaces are at most 65535, not {space}")
    if int(number or 0) >= 2**32:
        raise ValueError(f"numbers of nodes are at most 4294967295, not {number}")
    if opaque is not None:
        try:
            base64.b64decode(opaque, validate=True)
        except ValueError:
            raise ValueError(f"{opaque!r} is not Base64") from None
    return text


class OpcUaPoint(Point):
    """A variable of an OPC UA server."""

    address: Annotated[str, AfterValidator(node_id)]
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
