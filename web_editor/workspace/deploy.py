"""Deploys texts: checks once, then the folder writes the file, runs it and tells who made the revision."""

from __future__ import annotations

import asyncio
import time

from flowengine.store.revisions import Revision
from web_editor.problems import Fault
from web_editor.workspace import schemas
from web_editor.workspace.diagnostics import CheckedText, checked
from web_editor.workspace.flow_sources import FlowSource, users_of
from web_editor.workspace.workspace import Workspace


async def deploy(
    workspace: Workspace, id: str, etag: str, author: str, comment: str, overwrite_file: bool = False
) -> schemas.Deployed:
    """Make the draft (or the file) run. Raises `Fault`; then the file and what runs are as before.

    A file that changed under the draft is replaced only with `overwrite_file`: somebody has seen it.
    """
    async with workspace.busy:
        flow = await workspace.at(id, etag)
        if flow.file_changed and not overwrite_file:
            raise Fault("changed", "the file was changed on disk; merge first", etag=flow.etag, author="")
        return await _run(workspace, flow, flow.text, author, comment)


async def roll_back(
    workspace: Workspace, id: str, etag: str, revision: str, author: str, comment: str
) -> schemas.Deployed:
    """Make the text of an old revision run, as a new revision. Raises `Fault`."""
    async with workspace.busy:
        flow = await workspace.at(id, etag)
        try:
            found, text = await asyncio.to_thread(workspace.revisions.find, id, revision)
        except KeyError:
            raise Fault("not-found", "there is no such revision") from None
        return await _run(workspace, flow, text, author, comment or f"back to revision {found.id}")


async def remove(workspace: Workspace, id: str, etag: str, author: str) -> None:
    """Stop the flow and delete its file; a last revision keeps the text. Raises `Fault`, so for a subflow in use."""
    async with workspace.busy:
        flow = await workspace.at(id, etag)
        if flow.subflow and (users := await asyncio.to_thread(users_of, workspace.sources.all(), id)):
            raise Fault("refused", f"{id} is used by {', '.join(users)}")
        newest = await asyncio.to_thread(workspace.revisions.newest, id)
        if newest is None or newest.etag != flow.etag:
            await asyncio.to_thread(workspace.revisions.add, id, flow.text, author, "deleted")
        await asyncio.to_thread(workspace.sources.remove, flow)
        await workspace.folder.apply()


async def _run(workspace: Workspace, flow: FlowSource, text: str, author: str, comment: str) -> schemas.Deployed:
    started = time.perf_counter()
    # Afresh: what was remembered of the text may hold secrets and variables of an earlier day.
    found = await asyncio.to_thread(checked, workspace.engine, flow, text)
    if found.errors:
        raise Fault("invalid-flow", diagnostics=found.diagnostics)
    plan = workspace.plan(flow, found)
    revision = await _apply(workspace, flow, found, text, author, comment)
    await asyncio.to_thread(workspace.sources.discard, flow)
    return schemas.Deployed(revision.id, revision.etag, plan, (time.perf_counter() - started) * 1000)


async def _apply(
    workspace: Workspace, flow: FlowSource, found: CheckedText, text: str, author: str, comment: str
) -> Revision:
    if flow.subflow:
        await asyncio.to_thread(workspace.sources.write, flow, text)
        # Every flow that uses it changes with it.
        await workspace.folder.apply()
        return await asyncio.to_thread(workspace.revisions.add, flow.id, text, author, comment)
    _watch(workspace, flow)
    outcome = await workspace.folder.deploy(flow.path, text.encode(), found.loaded, author, comment)
    if outcome.plan is None:
        raise Fault("refused", "; ".join(fault.strip() for fault in outcome.faults))
    return workspace.running.revision(flow.id)


def _watch(workspace: Workspace, flow: FlowSource) -> None:
    """A new flow beside files that were named one by one must be named too."""
    paths = workspace.folder.paths
    if not any(path in (flow.path, flow.path.parent) for path in paths):
        workspace.folder.paths = [*paths, flow.path]
