"""`flows` and below: texts, drafts, deploys, revisions. What these do is in `workspace`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta

from flowengine.catalog.flow_file import FLOW_NAME
from flowengine.flow.budget import within
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Empty, Listed, Query, Reply, Route, listed
from web_editor.workspace import deploy as deploying
from web_editor.workspace import schemas
from web_editor.workspace.flow_sources import FlowSource
from web_editor.workspace.found_nodes import nodes_of
from web_editor.workspace.layouts import read_layout
from web_editor.workspace.merge import merge

CHECK_S = 10.0
"""Longest check of a text that somebody types or sends."""

TEXTS = 3 * 2**20
"""A body with a text: JSON writes some characters as several."""

Text = Annotated[str, Meta(max_length=2**20)]
Comment = Annotated[str, Meta(max_length=1000)]


class TextBody(Body):
    """A whole text."""

    text: Text


class Operations(Body):
    """Edits, as docs/api.md lists them."""

    operations: list[dict[str, Any]]


class MergeBody(Body):
    """What was read, and what was made of it."""

    base: Text
    mine: Text


class DeployBody(Body):
    """Why, and whether a file that changed meanwhile is replaced."""

    comment: Comment = ""
    overwrite_file: bool = False


class RollbackBody(Body):
    """To what, and why."""

    revision: str
    comment: Comment = ""


class DiffQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Two revisions; without `against` what runs, without `to` the text as it is."""

    against: str = ""
    to: str = ""


async def list_flows(call: Call) -> Listed:
    """Every flow."""
    return listed(await call.editing.workspace.summaries(), call.query)


async def list_nodes(call: Call) -> Listed:
    """Every node of every flow."""
    workspace = call.editing.workspace

    def read() -> list[schemas.FoundNode]:
        every = workspace.texts.every()
        drawn = ((flow.id, found.graph(workspace.engine, flow, ""), found.diagnostics) for flow, found in every)
        return [row for id, graph, faults in drawn if graph for row in nodes_of(id, graph, faults)]

    return listed(await asyncio.to_thread(read), call.query)


async def read(call: Call) -> Reply:
    """A flow with its text."""
    flow = await call.editing.workspace.find(call.part("flow"))
    if call.request.headers.get("If-None-Match") == flow.etag and not flow.file_changed:
        return Reply(status=304, headers={"ETag": flow.etag})
    return await _reply(call, flow)


async def write(call: Call) -> Reply:
    """Replace or create a text."""
    workspace, id, text = call.editing.workspace, call.part("flow"), call.body.text
    _check_text(text)
    author = _author(call)
    if call.request.headers.get("If-None-Match") == "*":
        created = await workspace.create(id, text, author)
        await call.services.record(call.user, "create", id, *_for(call))
        return await _reply(call, created, 201)
    etag = if_match(call)
    if author != call.user:
        there = (await workspace.find(id)).author
        if there not in (None, author):
            raise Fault("refused", f"{there} has a draft of this flow; it is not replaced for anybody")
    flow = await workspace.replace(id, etag, text, author)
    if author != call.user:
        await call.services.record(call.user, "propose", id, *_for(call))
    return await _reply(call, flow)


async def change(call: Call) -> Reply:
    """Edit a text."""
    etag = call.request.headers.get("If-Match")
    flow, renamed = await call.editing.workspace.edit(call.part("flow"), etag, call.body.operations, call.user)
    return await _reply(call, flow, renamed=renamed or UNSET)


async def delete(call: Call) -> Reply:
    """Stop and delete a flow."""
    id = call.part("flow")
    await deploying.remove(call.editing.workspace, id, if_match(call), call.user)
    await call.services.record(call.user, "delete", id)
    return Reply(status=204)


async def check(call: Call) -> schemas.Checked:
    """Check a text."""
    workspace, id = call.editing.workspace, call.part("flow")
    flow = await asyncio.to_thread(workspace.sources.get, id)
    if flow is None:
        if not FLOW_NAME.fullmatch(id):
            raise Fault("not-found", "there is no such flow")
        flow = FlowSource(id, workspace.sources.home / f"{id}.yaml", None, None)
    text, resolved, request = call.body.text, _may_deploy(call), call.request

    def done() -> schemas.Checked:
        budget = within(CHECK_S, lambda: request.transport is None or request.transport.is_closing())
        found = workspace.texts.check(flow, text, resolved, budget)
        return schemas.Checked(found.diagnostics, found.graph(workspace.engine, flow, read_layout(flow.path)))

    async with workspace.turns.of(call.user):
        return await asyncio.to_thread(done)


async def merge_texts(call: Call) -> schemas.Merged:
    """Merge."""
    flow = await call.editing.workspace.find(call.part("flow"))
    return await asyncio.to_thread(merge, call.body.base, call.body.mine, flow.text)


async def diff(call: Call) -> schemas.Diff:
    """What changed."""
    workspace = call.editing.workspace
    flow = await workspace.find(call.part("flow"))
    if call.query.against:
        _, before = await _revision(call, flow.id, call.query.against)
    else:
        running = workspace.running.get(flow.id)
        before = running[1] if running else ""
    text = (await _revision(call, flow.id, call.query.to))[1] if call.query.to else flow.text
    # The plan needs what runs and what would run; of its making only names are told.
    found = await asyncio.to_thread(workspace.texts.check, flow, text)
    told = await asyncio.to_thread(workspace.texts.check, flow, text, _may_deploy(call))
    return schemas.Diff(flow.etag, before, text, workspace.plan(flow, found), told.diagnostics)


async def deploy(call: Call) -> Reply:
    """Run the draft."""
    id, body = call.part("flow"), call.body
    done = await deploying.deploy(
        call.editing.workspace, id, if_match(call), call.user, body.comment, body.overwrite_file
    )
    await call.services.record(call.user, "deploy", id, f"revision {done.revision}. {call.body.comment}".strip())
    return Reply(done, headers={"ETag": done.etag})


async def discard(call: Call) -> Reply:
    """Drop the draft."""
    id = call.part("flow")
    flow = await call.editing.workspace.discard(id, if_match(call))
    await call.services.record(call.user, "discard", id)
    return await _reply(call, flow)


async def revisions(call: Call) -> Listed:
    """Revisions."""
    flow = call.part("flow")
    found = await asyncio.to_thread(call.editing.workspace.revisions.all, flow)
    if not found:
        await call.editing.workspace.find(flow)
    return listed([_row(call, each) for each in found], call.query)


async def revision(call: Call) -> schemas.RevisionText:
    """A revision's text."""
    found, text = await _revision(call, call.part("flow"), call.part("revision"))
    return schemas.RevisionText(**msgspec.structs.asdict(_row(call, found)), text=text)


async def rollback(call: Call) -> Reply:
    """Run an old revision."""
    id, body = call.part("flow"), call.body
    done = await deploying.roll_back(
        call.editing.workspace, id, if_match(call), body.revision, call.user, body.comment
    )  # fmt: skip
    await call.services.record(call.user, "rollback", id, f"to revision {body.revision}. {body.comment}".strip())
    return Reply(done, headers={"ETag": done.etag})


def if_match(call: Call) -> str:
    """The tag that the client knows. Raises `Fault` without one."""
    etag = call.request.headers.get("If-Match")
    if not etag:
        raise Fault("if-match-required", "send the ETag that you know as If-Match")
    return etag


async def _reply(call: Call, flow: FlowSource, status: int = 200, **more: Any) -> Reply:
    return Reply(await call.editing.workspace.details(flow, _may_deploy(call), **more), status, {"ETag": flow.etag})


def _may_deploy(call: Call) -> bool:
    return call.caller is not None and call.caller.may("integrator")


def _author(call: Call) -> str:
    """Who a draft is by; one that a token writes for a person says so."""
    return " ".join((call.user, *_for(call)))


def _for(call: Call) -> tuple[str, ...]:
    caller = call.caller
    return (f"for {caller.drafts_for}",) if caller and caller.drafts_for else ()


def _check_text(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Fault("bad-request", "the text holds half a character", field="text") from None
    if size > 2**20:
        raise Fault("too-large", "a flow has at most 1 MiB of text")


async def _revision(call: Call, flow: str, id: str) -> Any:
    try:
        return await asyncio.to_thread(call.editing.workspace.revisions.find, flow, id)
    except KeyError:
        raise Fault("not-found", "there is no such revision") from None


def _row(call: Call, found: Any) -> schemas.Revision:
    running = call.editing.workspace.running.get(found.flow)
    runs = running is not None and running[0].id == found.id
    return schemas.Revision(found.id, found.etag, found.author, found.at_ns / 1e6, found.comment, runs)


ROUTES = [
    Route("GET", "flows", "viewer", list_flows, list[schemas.FlowSummary], query=Query),
    Route("GET", "nodes", "viewer", list_nodes, list[schemas.FoundNode], query=Query),
    Route("GET", "flows/{flow}", "viewer", read, schemas.Flow, exact=True),
    Route("PUT", "flows/{flow}", "draft", write, schemas.Flow, TextBody, exact=True, most_bytes=TEXTS),
    Route("PATCH", "flows/{flow}", "integrator", change, schemas.Flow, Operations, exact=True),
    Route("DELETE", "flows/{flow}", "integrator", delete, status=204),
    Route("POST", "flows/{flow}/check", "viewer", check, schemas.Checked, TextBody, exact=True, most_bytes=TEXTS),
    Route(
        "POST", "flows/{flow}/merge", "integrator", merge_texts, schemas.Merged, MergeBody,
        exact=True, most_bytes=2 * TEXTS,
    ),
    Route("GET", "flows/{flow}/diff", "viewer", diff, schemas.Diff, query=DiffQuery, exact=True),
    Route("POST", "flows/{flow}/deploy", "integrator", deploy, schemas.Deployed, DeployBody),
    Route("POST", "flows/{flow}/discard", "integrator", discard, schemas.Flow, Empty, exact=True),
    Route("GET", "flows/{flow}/revisions", "viewer", revisions, list[schemas.Revision], query=Query),
    Route(
        "GET", "flows/{flow}/revisions/{revision}", "viewer", revision, schemas.RevisionText,
        exact=True,
    ),
    Route("POST", "flows/{flow}/rollback", "integrator", rollback, schemas.Deployed, RollbackBody),
]  # fmt: skip
