"""Nodes of a flow that become a subflow of their own, and an instance that becomes its nodes again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from flowengine.catalog.flow_file import FLOW_NAME, FLOW_NAME_RULE
from flowengine.flow.document import Document
from flowengine.flow.edit import Delete, EditRefused, Extracted, Operation, apply_layout, extract, inline
from web_editor.problems import Fault
from web_editor.workspace.flow_sources import FlowSource
from web_editor.workspace.layouts import read_layout, write_layout
from web_editor.workspace.workspace import Workspace


async def make(workspace: Workspace, id: str, etag: str, nodes: list[str], name: str, author: str) -> FlowSource:
    """The flow with these nodes in a new subflow, whose file is written at once: a draft is no node type.

    Raises `Fault`; then nothing was changed.
    """
    if not FLOW_NAME.fullmatch(name):
        raise Fault("bad-request", f"a subflow needs a name of {FLOW_NAME_RULE}", field="name")
    if name in workspace.engine.catalog.node_types():
        raise Fault("exists", f"{name} is a node type already")

    def done(flow: FlowSource) -> FlowSource:
        if workspace.sources.get(name) is not None:
            raise Fault("exists", f"there is a flow {name} already")
        made: Extracted = extract(flow.text, nodes, name)
        after = _kept(workspace, flow, made.text, made.operations, author)
        workspace.sources.write(workspace.sources.unwritten(name), made.subflow)
        workspace.revisions.add(name, made.subflow, author, f"made of nodes of {id}")
        return after

    return await _changed(workspace, id, etag, done)


async def write_out(workspace: Workspace, id: str, etag: str, node: str, author: str) -> FlowSource:
    """The flow with the nodes of a subflow in place of an instance; the subflow stays. Raises `Fault`."""

    def done(flow: FlowSource) -> FlowSource:
        kind = _type_of(flow.text, node)
        subflow = workspace.sources.get(kind)
        if subflow is None or subflow.file is None or not subflow.subflow:
            raise Fault("refused", f"{node} is no subflow")
        text = inline(flow.text, node, subflow.file.text)
        return _kept(workspace, flow, text, [Delete(("nodes", node))], author)

    return await _changed(workspace, id, etag, done)


async def _changed(workspace: Workspace, id: str, etag: str, done: Callable[[FlowSource], FlowSource]) -> FlowSource:
    async with workspace.busy:
        flow = await workspace.at(id, etag)
        try:
            return await asyncio.to_thread(done, flow)
        except EditRefused as refused:
            raise Fault("refused", refused.reason) from None


def _type_of(text: str, node: str) -> str:
    data = Document.parse(text, "flow").data
    nodes = data.get("nodes") if isinstance(data, dict) else None
    found = nodes.get(node) if isinstance(nodes, dict) else None
    return str(found.get("type")) if isinstance(found, dict) else ""


def _kept(
    workspace: Workspace, flow: FlowSource, text: str, operations: Iterable[Operation], author: str
) -> FlowSource:
    if len(text.encode()) > 2**20:
        raise Fault("too-large", "a flow has at most 1 MiB of text")
    layout = read_layout(flow.path)
    placed = apply_layout(layout, [each for each in operations if isinstance(each, Delete)]).text
    if placed != layout:
        write_layout(flow.path, placed)
    return workspace.sources.keep(flow, text, author)
