"""Where flows are edited: reads, changes, deploys and rolls back texts, one change at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine.catalog.flow_file import FLOW_NAME, FLOW_NAME_RULE
from flowengine.deployer import Deployer
from flowengine.engine import Engine
from flowengine.flow.edit import EditRefused, Move, Rename, Set, apply, apply_layout, read_operations
from flowengine.flow.model import Flow as EngineFlow
from flowengine.store.revisions import Revisions
from web_editor.problems import Fault
from web_editor.workspace import schemas
from web_editor.workspace.checked_texts import CheckedTexts
from web_editor.workspace.diagnostics import CheckedText
from web_editor.workspace.flow_sources import FlowSource, FlowSources
from web_editor.workspace.layouts import read_layout, write_layout
from web_editor.workspace.plans import plan_of
from web_editor.workspace.running import Running
from web_editor.workspace.turns import Turns


class Workspace:
    """All flows of one folder, as texts."""

    def __init__(self, engine: Engine, folder: Deployer, revisions: Revisions):
        self.engine = engine
        self.folder = folder
        self.revisions = revisions
        self.sources = FlowSources(folder, revisions)
        self.running = Running(engine, folder, revisions)
        self.texts = CheckedTexts(engine, self.sources)
        self.busy = asyncio.Lock()
        self.turns = Turns()

    async def find(self, id: str) -> FlowSource:
        """The flow. Raises `Fault`."""
        found = await asyncio.to_thread(self.sources.get, id)
        if found is None:
            raise Fault("not-found", "there is no such flow")
        return found

    async def summaries(self) -> list[schemas.FlowSummary]:
        """Every flow, by id."""

        def read() -> list[schemas.FlowSummary]:
            return [schemas.FlowSummary(**self._summary(flow, found)) for flow, found in self.texts.every()]

        return await asyncio.to_thread(read)

    async def details(self, flow: FlowSource, resolved: bool, **more: Any) -> schemas.Flow:
        """The flow with text, diagnostics and drawing."""
        return await asyncio.to_thread(self._details, flow, resolved, more)

    async def create(self, id: str, text: str, author: str) -> FlowSource:
        """A new flow, as a draft. Raises `Fault` where there is one."""
        if not FLOW_NAME.fullmatch(id):
            raise Fault("bad-request", f"a flow needs a name of {FLOW_NAME_RULE}", field="flow")
        async with self.busy:
            if (there := await asyncio.to_thread(self.sources.get, id)) is not None:
                raise Fault("changed", "there is such a flow already", etag=there.etag, author=there.author or "")
            return await asyncio.to_thread(self.sources.create, id, text, author)

    async def replace(self, id: str, etag: str, text: str, author: str) -> FlowSource:
        """The flow with another text. Raises `Fault` when `etag` is not the present one."""
        async with self.busy:
            flow = await self.at(id, etag)
            return await asyncio.to_thread(self.sources.keep, flow, text, author)

    async def edit(self, id: str, etag: str | None, operations: Any, author: str) -> tuple[FlowSource, dict[str, str]]:
        """The flow after operations, and ids that were taken. Raises `Fault`; then nothing was changed."""
        try:
            todo = read_operations(operations)
        except ValueError as fault:
            raise Fault("bad-request", str(fault), field=str(fault).partition(" ")[0]) from None
        if etag is None and not all(isinstance(one, Move) for one in todo):
            raise Fault("if-match-required")
        async with self.busy:
            flow = await self.find(id) if etag is None else await self.at(id, etag)
            return await asyncio.to_thread(self._edit, flow, todo, author)

    async def discard(self, id: str, etag: str) -> FlowSource:
        """The flow without its draft. Raises `Fault`."""
        async with self.busy:
            flow = await self.at(id, etag)
            if flow.file is None:
                raise Fault("refused", "this flow was never deployed; delete it instead")
            return await asyncio.to_thread(self.sources.discard, flow)

    async def at(self, id: str, etag: str) -> FlowSource:
        """The flow, if `etag` is that of its text. Raises `Fault`."""
        flow = await self.find(id)
        if etag != flow.etag:
            raise Fault("changed", etag=flow.etag, author=flow.author or "")
        return flow

    def _edit(self, flow: FlowSource, todo: list[Any], author: str) -> tuple[FlowSource, dict[str, str]]:
        todo = [*todo, *_former_names(self.engine, flow.id, todo)]
        try:
            edited = apply(flow.text, todo)
            layout = read_layout(flow.path)
            placed = apply_layout(layout, todo, edited.renamed).text
        except EditRefused as refused:
            raise Fault("refused", refused.reason) from None
        if len(edited.text.encode()) > 2**20:
            raise Fault("too-large", "a flow has at most 1 MiB of text")
        if edited.text != flow.text:
            flow = self.sources.keep(flow, edited.text, author)
        if placed != layout:
            write_layout(flow.path, placed)
        return flow, edited.renamed

    def _summary(self, flow: FlowSource, found: CheckedText) -> dict[str, Any]:
        running = self.running.get(flow.id)
        data = found.document.data if isinstance(found.document.data, dict) else {}
        runs = running[1] if running else flow.file.text if flow.subflow and flow.file else None
        return {
            "id": flow.id,
            "title": str(data.get("title") or flow.id),
            "etag": flow.etag,
            "dirty": runs != flow.text,
            "file_changed": flow.file_changed,
            "running": running is not None,
            "revision": running[0].id if running else None,
            "errors": found.errors,
            "warnings": found.warnings,
            "nodes": len(data["nodes"]) if isinstance(data.get("nodes"), dict) else 0,
            "author": flow.author or (running[0].author if running and running[1] == flow.text else None) or None,
            "changed_ms": flow.changed_ns / 1e6,
            "folder": "/".join(part for each in str(data.get("folder") or "").split("/") if (part := each.strip())),
        }

    def _details(self, flow: FlowSource, resolved: bool, more: dict[str, Any]) -> schemas.Flow:
        found = self.texts.check(flow, flow.text, resolved)
        if flow.file_changed and flow.file is not None:
            more = {"file_text": flow.file.text, **more}
        return schemas.Flow(
            **self._summary(flow, found),
            text=flow.text,
            diagnostics=found.diagnostics,
            graph=found.graph(self.engine, flow, read_layout(flow.path)),
            **more,
        )

    def plan(self, flow: FlowSource, found: CheckedText) -> schemas.Plan:
        """What deploying a checked text would do."""
        if flow.subflow:
            return schemas.Plan([], [], [], 0, [])
        running = self.engine.flows.get(flow.id)
        before = running.flow if running else EngineFlow(flow.id)
        return plan_of(self.engine.plan(found.loaded.flow), before, found.loaded.flow, self.engine.catalog)


def _former_names(engine: Engine, flow: str, todo: list[Any]) -> list[Any]:
    """Running nodes that are renamed say what they were, so that a deploy takes over what they have."""
    runtime = engine.flows.get(flow)
    running = runtime.stations if runtime is not None else {}
    renames = [each for each in todo if isinstance(each, Rename) and each.path[:-1] == ("nodes",)]
    return [Set(("nodes", each.to, "was"), each.path[-1]) for each in renames if each.path[-1] in running]
