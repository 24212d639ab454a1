"""What the editor in the browser stands on, beside the management API. Imports no route and serves nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Set
from pathlib import Path

from flowengine.deployer import Deployer
from flowengine.engine import Engine
from flowengine.runtime.supervisor import Supervisor
from flowengine.store.revisions import Revisions
from flowengine.store.trend_history import TrendHistory
from web_editor.monitor.trends import Trends
from web_editor.monitor.values import ValueFeed
from web_editor.palette.by_language import TypesByLanguage
from web_editor.stamp import is_stale
from web_editor.workspace.poller import Poller
from web_editor.workspace.starters import Starters
from web_editor.workspace.workspace import Workspace

log = logging.getLogger("flowengine.editor")


class Editing:
    """Flows as texts, values and their curves, the palette."""

    def __init__(self, engine: Engine, folder: Deployer, dist: Path):
        data = engine.settings.data_dir
        self._dist = dist
        self.folder = folder
        self.workspace = Workspace(engine, folder, Revisions(data))
        self.poller = Poller(self.workspace)
        self.starters = Starters(engine)
        self.values = ValueFeed(engine)
        self.trend_history = TrendHistory(data)
        self.trends = Trends(self.trend_history, engine.clock)
        self.types = TypesByLanguage(data, engine.catalog)
        self.stale_ui = False

    def open(self) -> None:
        """Open the files. Blocking. Raises `sqlite3.Error`, `OSError`."""
        self.workspace.revisions.open()
        self.trend_history.open()

    async def start(self, supervisor: Supervisor, viewers: Set[object]) -> None:
        """Begin to watch values, and flows while there are viewers."""
        self.stale_ui = await asyncio.to_thread(is_stale, self._dist)
        if self.stale_ui:
            log.warning("the editor in the browser is older than its sources: build it again with pip install -e .")
        supervisor.start("poller", lambda: self.poller.watch(viewers))
        supervisor.start("trends", self.trends.keep)

    async def stop(self) -> None:
        """Write what is not written yet, and let files go."""
        await self.trends.save()
        self.values.stop()
        for store in (self.workspace.revisions, self.trend_history):
            await asyncio.to_thread(store.close)

    def take_values(self, now_s: float) -> None:
        """A tick has come: gather what changed since the last one."""
        self.values.tick(now_s)
        self.trends.take(self.values.changed)
