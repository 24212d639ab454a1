"""One flow that most proofs share: broker, buffer, database. No test logic here."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.engine_process import EngineProcess
from tests.faults.ledger import Publisher, stored
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

FLOW = """
flow: {name}
connections:
  broker: {{type: mqtt, url: "{url}", client_id: "{name}", keepalive: 4s}}
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{name}/{{device}}/n", qos: 1, format: json, to: hold}}
  hold: {{type: buffer, count: {count}, every: 50ms, {durable}to: store}}
  store:
    type: sql_out
    connection: db
    table: received
    create: true
    columns: {{n: payload.n, device: device{columns}}}
"""


@dataclass
class Line:
    """A flow from a broker into a SQLite file, under names of its own; two engines never share a session."""

    folder: Path
    url: str
    name: str = field(default_factory=lambda: f"f{uuid.uuid4().hex[:10]}")

    @property
    def db(self) -> Path:
        """The sink."""
        return self.folder / "store.db"

    def flow(self, *, durable: bool = False, count: int = 100, columns: str = "") -> str:
        """The flow's text; `columns` are more of the sink's."""
        spool = "durable: true, " if durable else ""
        return FLOW.format(name=self.name, url=self.url, db=self.db, durable=spool, count=count, columns=columns)

    def publisher(self, rate: float | None = None, batch: int = 20) -> Publisher:
        """Feeds the flow."""
        return Publisher(self.url, self.name + "/d{device}/n", rate, batch)

    def engine(self, flow: str = "", **more: Any) -> EngineProcess:
        """Runs the flow."""
        return EngineProcess(self.folder, flow or self.flow(), **more)

    def stored(self) -> list[int]:
        """What reached the sink."""
        return stored(self.db)

    async def flowing(self, publisher: Publisher) -> None:
        """Return once messages reach the sink: from then on the broker keeps a session, and the ledger begins."""
        await until(self.stored)
        publisher.forget()

    async def arriving(self, engine: EngineProcess, publisher: Publisher) -> None:
        """As `flowing`, for a sink that takes nothing."""
        async with asyncio.timeout(60):
            while not await engine.metric("received_messages_total", node="in"):  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.02)
        publisher.forget()

    async def complete(self, publisher: Publisher, within_s: float = 60) -> list[int]:
        """What is stored, once nothing acknowledged is missing; fails with how many are."""

        def missing() -> str:
            left = sorted(publisher.acknowledged - set(self.stored()))
            return f"{len(left)} of {len(publisher.acknowledged_at)} missing: {left[:9]}"

        await until(lambda: publisher.acknowledged <= set(self.stored()), within_s, missing)
        return self.stored()


@pytest.fixture
def line(tmp_path: Path, mosquitto: Mosquitto) -> Line:
    """A flow from the shared broker into a file of this test's."""
    return Line(tmp_path, mosquitto.url)
