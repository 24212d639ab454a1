"""Flows of the cookbook as drafts: what there is to start from, and what starting from one makes. Deploys nothing."""

from __future__ import annotations

import asyncio
import socket
from functools import cached_property
from pathlib import Path

from flowengine.cookbook import companions_of, recipes, sentence_of, title_of
from flowengine.engine import Engine
from flowengine.flow.edit import Set, apply
from flowengine.store.files import replace_shared
from web_editor.problems import Fault
from web_editor.workspace import schemas
from web_editor.workspace.diagnostics import checked
from web_editor.workspace.flow_sources import FlowSource
from web_editor.workspace.simulated import simulated
from web_editor.workspace.workspace import Workspace


class Starters:
    """What there is to start from; checked and drawn once, since it comes with the engine and stays as it is."""

    def __init__(self, engine: Engine):
        self._engine = engine

    @cached_property
    def all(self) -> list[schemas.Recipe]:
        """Every recipe with its drawing. Blocking."""
        return [_recipe(self._engine, name, folder) for name, folder in recipes().items()]


def _recipe(engine: Engine, name: str, folder: Path) -> schemas.Recipe:
    flow = FlowSource(name, folder / f"{name}.yaml", None, None)
    found = checked(engine, flow, flow.path.read_text("utf-8"), resolved=False)
    return schemas.Recipe(name, title_of(folder), sentence_of(folder), found.graph(engine, flow, ""))


async def start_from(
    workspace: Workspace, name: str, id: str, simulate: bool, author: str
) -> FlowSource:  # fmt: skip
    """A new draft `id` made from a recipe; the tables it reads are put beside it. Raises `Fault`."""
    folder = recipes().get(name)
    if folder is None:
        raise Fault("not-found", "there is no such recipe")
    text = await asyncio.to_thread(_text, workspace, folder, id, simulate)
    made = await workspace.create(id, text, author)
    await asyncio.to_thread(_put_beside, made.path.parent, folder)
    return made


def _text(workspace: Workspace, folder: Path, id: str, simulate: bool) -> str:
    text = (folder / f"{folder.name}.yaml").read_text("utf-8")
    if simulate:
        text = simulated(text, workspace.engine.catalog, free_port)
    return apply(text, [Set(("flow",), id)]).text


def _put_beside(home: Path, folder: Path) -> None:
    for name, text in companions_of(folder).items():
        target = home / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_shared(target, text.encode())


def free_port() -> int:
    """A port of this machine on which nobody listens now."""
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        port: int = trying.getsockname()[1]
        return port
