"""Looks after the texts of all flows while somebody watches: what changes on disk shows within half a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Set

from web_editor.workspace import schemas
from web_editor.workspace.workspace import Workspace

log = logging.getLogger("flowengine.editor")
LOOK_S = 0.5
SOON_S = 0.05


class Poller:
    """`flows` holds the newest summaries; None until somebody watched for a moment."""

    def __init__(self, workspace: Workspace):
        self._workspace = workspace
        self._changed = asyncio.Event()
        self.flows: dict[str, schemas.FlowSummary] | None = None

    def wake(self) -> None:
        """Something was just changed: look at once."""
        self._changed.set()

    async def watch(self, viewers: Set[object]) -> None:
        """Look while there are viewers, until cancelled."""
        while True:
            if viewers:
                try:
                    self.flows = {flow.id: flow for flow in await self._workspace.summaries()}
                except OSError as fault:
                    log.warning("cannot read the flows: %s", fault)
            self._changed.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
                await asyncio.sleep(SOON_S)
            except TimeoutError:
                pass
