"""What the engine's management API stands on, built once for each engine. Imports no route and serves nothing."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from flowengine.engine import Engine
from flowengine.runtime.elsewhere import Elsewhere
from flowengine.runtime.logs import LogRing
from flowengine.runtime.supervisor import Supervisor
from flowengine.store.accounts import Accounts
from flowengine.store.alarm_journal import AlarmJournal
from flowengine.store.audit import Audit
from flowengine.store.shared_accounts import session_fact, take_session
from flowengine.store.tokens import Tokens
from web_editor.auth.access import Access
from web_editor.auth.entries import Entries
from web_editor.auth.sessions import Sessions
from web_editor.auth.throttle import Throttle
from web_editor.jsons import to_json
from web_editor.monitor.alarm_service import AlarmService
from web_editor.monitor.dead_letters import DeadLetterBox
from web_editor.monitor.engine_report import Engine as EngineReport
from web_editor.monitor.engine_report import engine_now
from web_editor.monitor.gauges import Gauges
from web_editor.monitor.redrive import Redriving
from web_editor.monitor.runtime_problems import RuntimeProblems
from web_editor.monitor.shared_alarms import ALARMS, take_in
from web_editor.monitor.taps_elsewhere import GivenTaps
from web_editor.options import Options

if TYPE_CHECKING:
    from web_editor.editing import Editing

log = logging.getLogger("flowengine.editor")
AUDIT, SESSION = "audit", "session"
INJECT_BURST, INJECT_PER_S = 100, 50


class Services:
    """Everything that a request may need; `editing` is None where no browser comes. Opens no file before `start`."""

    def __init__(self, engine: Engine, options: Options | None = None, editing: Editing | None = None):
        data = engine.settings.data_dir
        self.engine = engine
        self.options = options or Options()
        accounts = Accounts(data, mends=True)
        self.access = Access(
            accounts, Tokens(accounts.file), self.options.host_names, self.options.behind_proxy
        )  # fmt: skip
        self.entries = Entries(self.record)
        self.sessions = Sessions(self.access, self.entries)
        self.inject_throttle = Throttle(burst=INJECT_BURST, per_s=INJECT_PER_S)
        self.audit = Audit(data)
        self.supervisor = Supervisor(engine.services.random)
        self.alarms = AlarmService(engine, AlarmJournal(data))
        self.dead_letters = DeadLetterBox(engine)
        self.redriving = Redriving(self.dead_letters.remove)
        self.given_taps = GivenTaps(engine)
        self.gauges = Gauges(engine)
        self.runtime_problems = RuntimeProblems(engine)
        self.log = LogRing()
        self.viewers: set[object] = set()
        """Live clients that are connected."""

        self.editing = editing
        self.open = False
        logging.getLogger("flowengine").addHandler(self.log)

    async def start(self) -> None:
        """Begin to watch; the engine runs. Where it raises `sqlite3.Error` or `OSError`, nothing has begun."""
        await asyncio.to_thread(self.audit.open)
        if self.engine.cluster is not None:
            await self._join(self.engine.cluster)
        await self.sessions.start()
        if self.editing is not None:
            await asyncio.to_thread(self.editing.open)
        await self.alarms.load()
        self.open = True
        if self.engine.cluster is not None:
            self.supervisor.start("cluster", self.engine.cluster.keep)
        self.supervisor.start("alarms", self.alarms.keep)
        self.supervisor.start("redriving", self.redriving.keep)
        self.supervisor.start("redriving elsewhere", self.redriving.keep_away)
        self.supervisor.start("taps of others", self.given_taps.keep)
        self.supervisor.start("letters", self.dead_letters.keep_count)
        self.supervisor.start("gauges", self.gauges.watch)
        self.supervisor.start("damage", self.runtime_problems.watch_damage)
        if self.editing is not None:
            await self.editing.start(self.supervisor, self.viewers)

    async def _join(self, cluster: Elsewhere) -> None:
        """Have what every worker of the cluster has. Raises `OSError`."""
        cluster.watched = lambda: bool(self.viewers)
        cluster.share_people(self.access.accounts, self.sessions.somebody_is_there)
        cluster.takes[ALARMS] = partial(take_in, self.alarms)
        cluster.takes[AUDIT] = self._take_line
        cluster.takes[SESSION] = self._take_session
        self.sessions.told = lambda hashed: cluster.share(SESSION, session_fact(self.access.accounts, hashed))
        await cluster.catch_up()

    async def _take_session(self, told: bytes) -> None:
        await asyncio.to_thread(take_session, self.access.accounts, told)

    async def _take_line(self, told: bytes) -> None:
        await asyncio.to_thread(self.audit.take, *msgspec.msgpack.decode(told))

    async def stop(self) -> None:
        """Let tasks and files go."""
        self.open = False
        await self.supervisor.stop_all()
        await self.alarms.save()
        await self.redriving.forget()
        self.sessions.close()
        if self.editing is not None:
            await self.editing.stop()
        logging.getLogger("flowengine").removeHandler(self.log)
        for store in (self.access.accounts, self.audit, self.alarms.journal):
            await asyncio.to_thread(store.close)

    def report(self) -> EngineReport:
        """The whole process as it is now."""
        return engine_now(self.engine, self.gauges, len(self.viewers), self.dead_letters.count)

    async def record(self, user: str, action: str, subject: str, detail: str = "") -> None:
        """Add a line to the audit; it is on disk when this returns."""
        if self.editing is not None:
            self.editing.poller.wake()
        line = await asyncio.to_thread(self.audit.record, user, action, subject, detail)
        if self.engine.cluster is not None:
            self.engine.cluster.share(AUDIT, msgspec.msgpack.encode(line))

    def encode(self, value: Any, exact: bool = False) -> bytes:
        """The value as JSON, with secrets starred unless `exact`."""
        encoded = to_json(value)
        return encoded if exact else self.engine.secrets.json(encoded)
