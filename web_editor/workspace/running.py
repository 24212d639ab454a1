"""Which text and revision of each flow runs, told by the folder that applies files. Deploys nothing."""

from __future__ import annotations

import asyncio

from flowengine.engine import Engine
from flowengine.folder import Folder
from flowengine.store.revisions import Revision, Revisions, etag_of

DISK = ""
"""The author of what was changed on disk."""


class Running:
    """What runs, by flow."""

    def __init__(self, engine: Engine, folder: Folder, revisions: Revisions):
        self._engine = engine
        self._revisions = revisions
        self._known: dict[str, tuple[Revision, str]] = {}
        self._authors: dict[str, tuple[str, str]] = {}
        folder.deployed = self._deployed

    def get(self, id: str) -> tuple[Revision, str] | None:
        """The revision and text of a flow that runs."""
        return self._known.get(id) if id in self._engine.flows else None

    def claim(self, flow: str, author: str, comment: str) -> None:
        """The next revision of this flow is this author's."""
        self._authors[flow] = (author, comment)

    def unclaim(self, flow: str) -> None:
        """It is nobody's."""
        self._authors.pop(flow, None)

    async def revision_of(self, flow: str, text: str, author: str, comment: str) -> Revision:
        """The revision that a deploy has made; a subflow's is made here, since no flow of its name runs."""
        known = self._known.get(flow)
        if known is not None and known[1] == text:
            return known[0]
        return await asyncio.to_thread(self._revisions.add, flow, text, author, comment)

    async def _deployed(self, flow: str, raw: bytes) -> None:
        """A file was applied: remember it, and make a revision of a text that is new."""
        text = raw.decode("utf-8", "replace")
        author, comment = self._authors.pop(flow, (DISK, ""))
        self._known[flow] = (await asyncio.to_thread(self._revision, flow, text, author, comment), text)

    def _revision(self, flow: str, text: str, author: str, comment: str) -> Revision:
        newest = self._revisions.newest(flow)
        if newest is not None and newest.etag == etag_of(text) and author == DISK:
            return newest
        return self._revisions.add(flow, text, author, comment)
