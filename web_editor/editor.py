"""The editor's server side as a whole: what its API areas share. One for each engine."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from flowengine.engine import Engine
from flowengine.folder import Folder
from flowengine.runtime.supervise import Crew
from flowengine.store.accounts import Accounts
from flowengine.store.audit import Audit
from flowengine.store.revisions import Revisions
from flowengine.store.tokens import Tokens
from web_editor.access import Access
from web_editor.desk import Desk
from web_editor.files import Files
from web_editor.hub import Hub
from web_editor.lookout import Lookout
from web_editor.options import Options
from web_editor.session import HASHING, Throttle


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
        self.hashing = asyncio.Semaphore(HASHING)
        self.setting_up = asyncio.Lock()
        self.setup_token = secrets.token_urlsafe(24) if self.access.accounts.empty else None
        self.stale_ui = is_stale(self.options.dist)
        self.crew = Crew(self.engine.services.random)
        self.hub = Hub(self)
        self.lookout = Lookout(self)
        self.memo: dict[Any, Any] = {}

    def start(self) -> None:
        """Begin to watch; the engine runs."""
        self.hub.start()
        self.crew.start("lookout", self.lookout.watch)

    async def stop(self) -> None:
        """Say good-bye to clients and let files go."""
        await self.hub.stop()
        await self.crew.stop_all()
        for store in (self.access.accounts, self.access.tokens, self.audit, self.desk.revisions):
            await asyncio.to_thread(store.close)

    async def note(self, user: str, action: str, subject: str, detail: str = "") -> None:
        """Add a line to the audit; it is on disk when this returns."""
        self.lookout.hurry()
        await asyncio.to_thread(self.audit.note, user, action, subject, detail)

    def encode(self, value: Any, exact: bool = False) -> bytes:
        """The value as JSON, with secrets starred unless `exact`."""
        encoded = to_json(value)
        return encoded if exact else self.engine.secrets.json(encoded)


def to_json(value: Any) -> bytes:
    """JSON of whatever flows carry; what JSON lacks becomes text."""
    try:
        return msgspec.json.encode(value, enc_hook=str)
    except (OverflowError, TypeError, ValueError, RecursionError):
        return msgspec.json.encode(_plain(value, 0))


def _plain(value: Any, depth: int) -> Any:
    if depth > 64:
        return "…"
    if isinstance(value, msgspec.Struct):
        value = (
            msgspec.to_builtins(value, enc_hook=str, builtin_types=(bytes,))
            if depth > 60
            else {name.rstrip("_"): getattr(value, name) for name in value.__struct_fields__}
        )
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items() if item is not msgspec.UNSET}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def is_stale(dist: Path) -> bool:
    """Whether the editor was built before its sources were last changed; never in an installed package."""
    sources = dist.parent / "ui" / "src"
    built = dist / "index.html"
    if not sources.is_dir() or not built.is_file():
        return False
    return any(file.stat().st_mtime > built.stat().st_mtime for file in sources.rglob("*") if file.is_file())
