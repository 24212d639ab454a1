"""Which text and revision of each flow runs, told by the folder that applies files. Deploys nothing."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from flowengine.deployer import Applied, Deployer
from flowengine.engine import Engine
from flowengine.store.revisions import Revision, Revisions, etag_of

log = logging.getLogger("flowengine.editor")


class Running:
    """What runs, by flow."""

    def __init__(self, engine: Engine, folder: Deployer, revisions: Revisions):
        self._engine = engine
        self._revisions = revisions
        self._known: dict[str, tuple[Revision, str]] = {}
        folder.deployed = self._deployed

    def get(self, id: str) -> tuple[Revision, str] | None:
        """The revision and text of a flow that runs."""
        return self._known.get(id) if id in self._engine.flows else None

    def revision(self, id: str) -> Revision:
        """The revision that was applied last, of a flow that ran once."""
        return self._known[id][0]

    async def _deployed(self, applied: Applied) -> None:
        """A file was applied: remember it, and make a revision of a text that is new. That stops nothing."""
        try:
            self._known[applied.flow] = await asyncio.to_thread(self._revision, applied)
        except (sqlite3.Error, OSError) as fault:
            log.error("no revision of %s could be kept: %s", applied.flow, fault)
            text = applied.text.decode("utf-8", "replace")
            unkept = Revision(
                "", applied.flow, etag_of(text), applied.author, self._engine.clock.time_ns(), applied.comment
            )
            self._known[applied.flow] = unkept, text

    def _revision(self, applied: Applied) -> tuple[Revision, str]:
        text = applied.text.decode("utf-8", "replace")
        newest = self._revisions.newest(applied.flow)
        if newest is not None and newest.etag == etag_of(text) and (applied.was_deployed or not applied.author):
            return newest, text
        return self._revisions.add(applied.flow, text, applied.author, applied.comment), text
