"""The address space of an OPC UA server, one folder at a time. Never here: which nodes a flow watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import UaError

from flowengine import Unavailable
from flowengine.browsing import MOST_FOUND, Found
from nodes.clients.opcua.portions import Portions
from nodes.clients.opcua.session import FAULTS, words
from nodes.clients.opcua.values import reading
from nodes.polling.opcua_points import node_id

ROOT = "i=85"
"""The folder `Objects`, that of every server (OPC 10000-5, 8.2.2)."""

_SHOWN: Any = ua.NodeClass.Object | ua.NodeClass.Variable


async def below(client: Client, place: str, start: int) -> Sequence[Found]:
    """What hangs below a node id, folders first, by name; values are those of now. Raises as `Connection.browse`."""
    try:
        node = client.get_node(node_id(place or ROOT))
        await node.read_node_class()
        children = await node.get_children_descriptions(nodeclassmask=_SHOWN)
    except (UaError, ValueError) as fault:
        raise ValueError(f"{place or 'the root'}: {words(fault)}") from None
    except FAULTS as fault:
        raise Unavailable(words(fault)) from None
    seen = {child.NodeId: child for child in children}  # a node may hang there by several references
    shown = sorted(seen.values(), key=lambda child: (child.NodeClass == ua.NodeClass.Variable, _name(child).casefold()))
    shown = shown[start : start + MOST_FOUND]
    about = await _about(client, [child.NodeId for child in shown if child.NodeClass == ua.NodeClass.Variable])
    return [_found(child, about.get(child.NodeId)) for child in shown]


async def _about(client: Client, ids: Sequence[ua.NodeId]) -> dict[ua.NodeId, tuple[ua.DataValue, ua.DataValue]]:
    found: dict[ua.NodeId, tuple[ua.DataValue, ua.DataValue]] = {}

    async def ask(portion: Sequence[ua.NodeId]) -> None:
        values = await client.uaclient.read_attributes(list(portion), AttributeIds.Value)
        rights = await client.uaclient.read_attributes(list(portion), AttributeIds.UserAccessLevel)
        found.update(zip(portion, zip(values, rights, strict=True), strict=True))

    try:
        await Portions().ask(ids, ask)
    except FAULTS as fault:
        raise Unavailable(words(fault)) from None
    return found


def _found(child: ua.ReferenceDescription, about: tuple[ua.DataValue, ua.DataValue] | None) -> Found:
    address = child.NodeId.to_string()
    if about is None:
        return Found(address, _name(child), is_point=False)
    value, rights = about
    now = reading(value)
    kind = value.Value.VariantType.name if value.Value is not None else ""
    level: Any = rights.Value.Value if rights.Value is not None else 0
    writable = bool((level or 0) >> ua.AccessLevel.CurrentWrite & 1)
    return Found(address, _name(child), True, kind, now.value, now.reason, writable)


def _name(child: ua.ReferenceDescription) -> str:
    return str(child.DisplayName.Text or child.BrowseName.Name or child.NodeId.to_string())
