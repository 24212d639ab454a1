"""A real editor on a real server, with accounts of every role; passwords are hashed cheaply here."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from flowengine.deployer import Deployer
from flowengine.engine import Engine, Settings
from flowengine.secrets import SecretStore
from flowengine.server import Server
from flowengine.store import passwords
from flowengine.store.accounts import ROLES
from flowengine.store.kept_secrets import KeptSecrets
from web_editor.http.back_end import BackEnd
from web_editor.http.mounting import mount
from web_editor.live.ticker import TICKER, Ticker
from web_editor.options import Options
from web_editor.services import Services

PASSWORD = "correct horse battery"
SECRET = "s3cr3t-Zx9-of-the-plant"
FLOW = """flow: plant
title: Plant
vars:
  limit: 8
# the only source
nodes:
  tick:
    type: inject
    every: 1h
    payload: {key: c0, value: 3}
    to: keep
  keep:
    type: rtdb_write
    key: "{payload.key}"
    to: [hot, out]
  hot:                      # raises
    type: alert
    by: "{payload.key}"
    when: payload.value > ${limit}
    title: "{payload.key} is hot"
    priority: high
    latch: true
    to: out
  out: {type: log, level: debug, on_error: dead}
  dead: {type: dead_letter}
pages:
  hall:
    title: Hall
    widgets:
      temp: {type: value, title: Air, key: c1, unit: °C}
      purge: {type: button, title: Purge, to: keep, payload: {key: purged, value: 1}}
      fan: {type: switch, title: Fan, key: fan, to: keep, on: {key: fan, value: 1}, off: {key: fan, value: 0}}
      set: {type: form, title: Set, to: keep, fields: {key: {type: string}, value: {type: number, maximum: 30}}}
      deep: {type: button, title: Deep, to: keep, payload: {key: deep, value: 1}, role: integrator}
"""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def problem(self) -> str:
        assert self.headers["Content-Type"] == "application/problem+json", self.raw
        return str(self.json["type"]).removeprefix("urn:flowengine:")


@dataclass
class House:
    """An engine with an editor, and ways to talk to it."""

    back_end: BackEnd
    engine: Engine
    folder: Deployer
    server: Server
    flows: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.back_end.services

    @property
    def ticker(self) -> Ticker:
        return self.server.application[TICKER]

    @property
    def base(self) -> str:
        return self.server.url.rstrip("/")

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        role: str | None = "admin",
        raw: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """A request with the token of a role; underscores in header names become dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if role is not None:
            sent["Authorization"] = f"Bearer {self.tokens[role]}"
        sent_bytes = raw if raw is not None else None if body is None else json.dumps(body).encode()
        data = None if sent_bytes is None else io.BytesIO(sent_bytes)
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else f"{self.base}/api/v1/{path}"
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, aiohttp.client.URL(url, encoded=True), data=data, headers=sent) as response,
        ):
            return Answer(response.status, response.headers, await response.read())

    async def give(self, node: str, payload: Any, **more: Any) -> Answer:
        """Inject into the flow `plant`."""
        return await self.call("POST", f"flows/plant/nodes/{node}/inject", {"payload": payload, **more})

    async def done_by(self, role: str) -> list[Any]:
        """Lines of the audit, newest first, about what the token of a role did, not that it came."""
        items = (await self.call("GET", f"audit?user=token:{role}")).json["items"]
        return [line for line in items if line["action"] != "use token"]

    async def text(self, flow: str = "plant") -> tuple[str, str]:
        """The flow's text and its tag."""
        found = await self.call("GET", f"flows/{flow}")
        return found.json["text"], found.headers["ETag"]


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    passwords._nobodys.cache_clear()


async def open_house(tmp_path: Path, text: str | None = FLOW, environment: dict[str, str] | None = None) -> House:
    """A running engine with an editor; without users yet."""
    flows, dist = tmp_path / "flows", tmp_path / "dist"
    flows.mkdir(exist_ok=True)
    (dist / "assets").mkdir(parents=True, exist_ok=True)
    (dist / "index.html").write_text("<!doctype html><title>flowengine</title>")
    (dist / "assets" / "app-1.js").write_text("console.log(1)\n" * 200)
    if text is not None:
        (flows / "plant.yaml").write_text(text)
    env = {"FLOWENGINE_SECRET_KEY": SECRET, **(environment or {})}
    kept = KeptSecrets.of(tmp_path / "data", env)
    engine = Engine(Settings(tmp_path / "data", env, SecretStore(env, kept=kept), kept=kept))
    folder = Deployer(engine, [flows], lambda line: None)
    server = Server(engine, "127.0.0.1", 0)
    back_end = mount(server.application, engine, folder, Options(dist=dist))
    await server.start()
    await engine.start()
    await folder.apply()
    await back_end.start()
    return House(back_end, engine, folder, server, flows)


def settle_in(house: House) -> None:
    """Add a token of every role, and the user `anna`, an admin."""
    house.services.access.accounts.add_user("anna", PASSWORD, "admin")
    house.services.sessions.setup_token = None
    house.tokens = {role: house.services.access.tokens.add(role, role)[1] for role in ROLES}


async def close_house(house: House) -> None:
    await house.back_end.stop()
    await house.engine.stop(1)
    await house.server.stop()


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[House]:
    """Nobody has set the first password yet."""
    house = await open_house(tmp_path)
    yield house
    await close_house(house)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With a token of every role, and the user `anna`, an admin."""
    house = await open_house(tmp_path)
    settle_in(house)
    yield house
    await close_house(house)
