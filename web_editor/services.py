"""The editor's server side as a whole: what its API areas share. One for each engine."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flowengine.engine import Engine
from flowengine.folder import Folder
from flowengine.runtime.logs import LogRing
from flowengine.runtime.supervise import Crew
from flowengine.store.accounts import Accounts
from flowengine.store.alarm_journal import AlarmJournal
from flowengine.store.audit import Audit
from flowengine.store.revisions import Revisions
from flowengine.store.tokens import Tokens
from flowengine.store.trend_history import TrendHistory
from web_editor.api.dead_letters import LetterBox
from web_editor.api.engine import Gauges
from web_editor.api.session import HASHING, Throttle
from web_editor.auth.access import Access
from web_editor.http.files import Files
from web_editor.jsons import to_json
from web_editor.live.ticker import Hub
from web_editor.monitor.alarm_service import AlarmDesk
from web_editor.monitor.redrive import Redriving
from web_editor.monitor.runtime_problems import Troubles
from web_editor.monitor.trends import Trends
from web_editor.monitor.values import ValueFeed
from web_editor.options import Options
from web_editor.stamp import is_stale
from web_editor.workspace.poller import Lookout
from web_editor.workspace.workspace import Desk

log = logging.getLogger("flowengine.editor")
INJECT_BURST, INJECT_PER_S = 100, 50


@dataclass
class Editor:
    """Everything that a request may need."""

    engine: Engine
    folder: Folder
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        data = self.engine.settings.data_dir
        self.access = Access(
            Accounts(data), Tokens(data), self.options.host_names, self.options.behind_proxy
        )  # fmt: skip
        self.audit = Audit(data)
        self.desk = Desk(self.engine, self.folder, Revisions(data))
        self.files = Files(self.options.dist)
        self.throttle = Throttle()
        self.inject_throttle = Throttle(burst=INJECT_BURST, per_s=INJECT_PER_S)
        self.hashing = asyncio.Semaphore(HASHING)
        self.setting_up = asyncio.Lock()
        self.setup_token = secrets.token_urlsafe(24) if self.access.accounts.empty else None
        self.stale_ui = False
        self.crew = Crew(self.engine.services.random)
        self.hub = Hub(self)
        self.lookout = Lookout(self)
        self.values = ValueFeed(self.engine)
        self.trend_history = TrendHistory(data)
        self.trends = Trends(self.trend_history, self.engine.clock)
        self.alarms = AlarmDesk(self.engine, AlarmJournal(data))
        self.letters = LetterBox(self.engine)
        self.redriving = Redriving(self.letters.remove)
        self.gauges = Gauges(self.engine)
        self.troubles = Troubles(self.engine)
        self.log = LogRing()
        self.value_watchers: list[Callable[[], None]] = []
        self.memo: dict[Any, Any] = {}
        self.open = False
        logging.getLogger("flowengine").addHandler(self.log)

    async def start(self, watched: bool = True) -> None:
        """Begin to watch; the engine runs. Where no browser comes (`watched` false) only alarms are followed."""
        await self.alarms.load()
        self.open = True
        self.crew.start("alarms", self.alarms.keep)
        self.crew.start("redriving", self.redriving.keep)
        if not watched:
            return
        self.stale_ui = await asyncio.to_thread(is_stale, self.options.dist)
        if self.stale_ui:
            log.warning("the editor in the browser is older than its sources: build it again with pip install -e .")
        self.hub.on_tick.append(self._take_values)
        self.hub.start()
        self.crew.start("lookout", self.lookout.watch)
        self.crew.start("letters", self.letters.keep_count)
        self.crew.start("gauges", lambda: self.gauges.watch(self))
        self.crew.start("trends", self.trends.keep)

    async def stop(self) -> None:
        """Say good-bye to clients and let files go."""
        self.open = False
        await self.hub.stop()
        await self.crew.stop_all()
        await self.alarms.save()
        await self.trends.save()
        await self.redriving.forget()
        self.values.stop()
        logging.getLogger("flowengine").removeHandler(self.log)
        accounts, tokens = self.access.accounts, self.access.tokens
        stores = (accounts, tokens, self.audit, self.desk.revisions, self.alarms.journal, self.trend_history)
        for store in stores:
            await asyncio.to_thread(store.close)

    async def note(self, user: str, action: str, subject: str, detail: str = "") -> None:
        """Add a line to the audit; it is on disk when this returns."""
        self.lookout.hurry()
        await asyncio.to_thread(self.audit.note, user, action, subject, detail)

    def _take_values(self) -> None:
        self.values.tick(self.engine.clock.now_s())
        self.trends.take(self.values.changed)
        for watcher in list(self.value_watchers):
            watcher()

    def encode(self, value: Any, exact: bool = False) -> bytes:
        """The value as JSON, with secrets starred unless `exact`."""
        encoded = to_json(value)
        return encoded if exact else self.engine.secrets.json(encoded)
