"""The one door to everything: command line and editor check, deploy, watch and stop flows through it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowengine.catalog import Catalog, installed
from flowengine.clock import Clock, SystemClock
from flowengine.errors import BadFlow
from flowengine.flow.budget import Budget
from flowengine.flow.document import Document
from flowengine.flow.files import FlowFiles
from flowengine.flow.host_files import HostFiles
from flowengine.flow.load import Loaded, load
from flowengine.flow.model import Flow
from flowengine.flow.places import internal
from flowengine.flow.variables import Secrets
from flowengine.message import Message
from flowengine.runtime.connections import ConnectionPool
from flowengine.runtime.conservation import CHECK_EVERY_S, LedgerCheck
from flowengine.runtime.context import Services
from flowengine.runtime.elsewhere import Elsewhere
from flowengine.runtime.flow import FlowRuntime
from flowengine.runtime.health import problems
from flowengine.runtime.http import HttpRoutes
from flowengine.runtime.inject import Outcome, inject, order
from flowengine.runtime.left import Left
from flowengine.runtime.metrics import exposition
from flowengine.runtime.plan import Plan, plan
from flowengine.runtime.redact import KnownSecrets
from flowengine.runtime.spools import Spools
from flowengine.runtime.stores import Stores
from flowengine.runtime.supervisor import Supervisor
from flowengine.runtime.taps import Taps
from flowengine.runtime.tracing import Span, Tracer
from flowengine.runtime.turns import Turns
from flowengine.runtime.view import FlowView
from flowengine.secrets import SecretStore
from flowengine.store import epoch
from flowengine.store.data_format import take_over
from flowengine.store.kept_secrets import KeptSecrets
from flowengine.store.rtdb import Rtdb
from flowengine.store.rtdb_files import RtdbFiles

log = logging.getLogger("flowengine")


@dataclass
class Settings:
    """What surrounds the flows: where data lives, which variables and secrets they may use."""

    data_dir: Path = Path(".flowengine")
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Secrets | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    programs: Mapping[str, Path] = field(default_factory=dict)
    python: Path | None = None
    """What flows may run, by name; nothing unless the machine's operator says so."""
    files: HostFiles | None = None
    """Which files of this machine flows may name; any where nobody says so."""
    traced: float = 0.0
    """The share of batches that are traced, and where their spans go."""
    trace: Callable[[Span], None] | None = None
    kept: KeptSecrets | None = None
    """Secrets that people type in; those of the data folder where nobody says so."""


class Engine:
    """Runs any number of flows in this process; a broken one never stops another."""

    def __init__(self, settings: Settings, catalog: Catalog | None = None, clock: Clock | None = None):
        self.settings = settings
        self.catalog = catalog or installed()
        self.clock = clock or SystemClock()
        self.rtdb = Rtdb()
        self.http = HttpRoutes()
        self.runtimes: dict[str, FlowRuntime] = {}
        """What runs, for the engine's own parts; everybody else reads `flows`."""

        self.here: Mapping[str, FlowView] = self.runtimes
        """What runs in this process; in a cluster its stages, each as a flow of its own that knows its `whole`."""

        self.services = Services(
            self.http, settings.data_dir, self.clock, self.rtdb, programs=settings.programs, python=settings.python,
            turns=Turns() if clock is None else Turns(math.inf),  # in virtual time nothing depends on the machine
        )  # fmt: skip
        if settings.trace is not None:
            self.services.tracer = Tracer(settings.traced, settings.trace, self.clock, random.Random())
        self.pool = ConnectionPool(self.catalog, self.clock, settings.data_dir)
        self.kept_secrets = settings.kept or KeptSecrets.of(settings.data_dir, settings.environment)
        given = settings.secrets or SecretStore(settings.environment, kept=self.kept_secrets)
        self.secrets = KnownSecrets(given)
        self.taps = Taps(self.runtimes)
        self.spools = Spools(self.runtimes, settings.data_dir)
        self._deploying = asyncio.Lock()
        self.starting = False
        """Whether flows are still to be deployed for the first time; whoever deploys them says so."""
        self.stopping = False
        self.may_idle = False
        """Whether all is well with no flow to run, as for a worker of which nobody needs anything."""

        self._rtdb_files = RtdbFiles(settings.data_dir)
        self.supervisor = Supervisor(self.services.random)
        self.not_deployed: dict[str, str] = {}
        """Flow files that do not run as they are, each with the first fault."""
        self.cluster: Elsewhere | None = None
        """Of which this process is a worker."""

        self.unaccounted: list[str] = []
        """What the conservation ledger found, where it is kept."""

    @property
    def flows(self) -> Mapping[str, FlowView]:
        """What runs, by name; in a cluster all of it, wherever its stages are."""
        return self.runtimes if self.cluster is None else self.cluster.flows()

    async def start(self) -> None:
        """Bring back what an earlier run left: latest values, and where message ids go on.

        Raises `NotOurData` for a data folder of a newer engine.
        """
        await asyncio.to_thread(take_over, self.settings.data_dir)
        await asyncio.to_thread(self.kept_secrets.seal_all)
        first_id = await asyncio.to_thread(epoch.claim, self.settings.data_dir / "epoch", self.clock.time_ns())
        self.services.next_id = itertools.count(first_id).__next__
        self.rtdb.load(await asyncio.to_thread(self._rtdb_files.load))
        self.supervisor.start("rtdb", lambda: self._rtdb_files.keep(self.rtdb))

    def load(
        self,
        text: str | bytes | Document,
        name: str,
        folder: Path | None = None,
        resolved: bool = True,
        budget: Budget | None = None,
    ) -> Loaded:
        """The flow in `text`, checked; subflows are looked for in `folder`. Blocking.

        For somebody who may not deploy it is not `resolved`: neither secrets nor the environment are looked at.
        """
        return load(
            text,
            name,
            self.catalog,
            self.settings.environment,
            self.secrets,
            FlowFiles(folder) if folder is not None else None,
            self.settings.overrides,
            resolved,
            budget,
            self.settings.files,
        )

    def load_file(self, path: Path) -> Loaded:
        """The flow in a file, checked. Blocking. Raises `OSError` when it cannot be read."""
        return self.load(path.read_bytes(), str(path), path.parent)

    def plan(self, flow: Flow) -> Plan:
        """What deploying `flow` would do to what runs."""
        running = self.flows.get(flow.name)
        return plan(running.flow if running else Flow(flow.name), flow)

    async def deploy(self, loaded: Loaded) -> Plan:
        """Make a checked flow run. Raises `BadFlow`, and leaves alone what runs, when it has errors."""
        if not loaded.ok:
            raise BadFlow(loaded.problems)
        return await self.run(loaded.flow)

    async def run(self, flow: Flow, stores: Stores | None = None) -> Plan:
        """Make a flow run, which keeps what is durable in `stores` (by default in files)."""
        async with self._deploying:
            running = self.runtimes.get(flow.name)
            if running is not None:
                if running.flow.file != flow.file:
                    raise ValueError(f"{flow.file} and {running.flow.file} both define the flow {flow.name!r}")
                try:
                    return await running.apply(flow)
                finally:
                    self.taps.attach(running)
            runtime = FlowRuntime(flow, self.catalog, self.services, self.pool, stores)
            self.runtimes[flow.name] = runtime
            try:
                made = await runtime.start()
                self.taps.attach(runtime)
                return made
            except BaseException:
                del self.runtimes[flow.name]
                raise

    async def remove(self, name: str, deadline_s: float = 10.0, goes_on: bool = False) -> Left:
        """Stop one flow; what it could not deliver. Raises `KeyError` for an unknown one.

        Where it `goes_on` on another machine, what it has at brokers waits for it there.
        """
        async with self._deploying:
            runtime = self.runtimes.pop(name)
            self.taps.detach(runtime)
            return await runtime.stop(deadline_s, goes_on)

    async def stop(self, deadline_s: float = 10.0) -> dict[str, Left]:
        """Stop all flows at once; what each could not deliver."""
        self.stopping = True
        async with self._deploying:
            names, runtimes = list(self.runtimes), list(self.runtimes.values())
            self.pool.stop()
            left = await asyncio.gather(*(runtime.stop(deadline_s) for runtime in runtimes))
            self.runtimes.clear()
            if self.supervisor.keys:
                await self.supervisor.stop_all()
                await self._rtdb_files.save(self.rtdb)
            return dict(zip(names, left, strict=True))

    def inject(
        self, flow: str, node: str, message: Message, port: str = "", ack: Callable[[], None] | None = None
    ) -> int:
        """Put a message into a running flow, as `runtime.inject`; raises KeyError for an unknown flow, too."""
        return inject(_having(self.runtimes, flow, [node]), self.services, node, message, port, ack)

    async def order(self, flow: str, nodes: Sequence[str], message: Message, at_most_s: float) -> Outcome:
        """Give a message to nodes and hear what became of it, as `runtime.order`; raises as `inject`."""
        return await order(_having(self.runtimes, flow, nodes), self.services, nodes, message, at_most_s)

    def metrics(self, whole: bool = False) -> str:
        """Every counter and gauge, as Prometheus text; of the `whole` cluster's flows instead of this process'."""
        return exposition((self.flows if whole else self.runtimes).values(), self.pool.all(), self.clock.now_s())

    def faults(self) -> Iterable[str]:
        """What only a restart mends, one line each: tasks that died, messages that do not add up."""
        yield from (f"task {task} ended" for task in self.supervisor.dead)
        yield from (f"connection {client.name}: its task ended" for client in self.pool.all() if client.dead)
        for name, runtime in self.runtimes.items():
            yield from (f"{name}: task {task} ended" for task in runtime.supervisor.dead)
        yield from self.unaccounted

    def problems(self, local: bool = False) -> Iterable[str]:
        """What is wrong now, one line each; nothing when all is well. `local`: only what is about this process."""
        yield from self.faults()
        if self.starting:
            yield "starting"
        elif not self.runtimes and not self.may_idle:
            yield "no flow runs"
        yield from (f"{file}: not deployed: {fault}" for file, fault in self.not_deployed.items())
        if local:
            return
        now_s = self.clock.now_s()
        for name, runtime in self.runtimes.items():
            yield from (f"{name}/{line}" for line in problems(runtime.stations, runtime.connections, now_s))


def _having(runtimes: Mapping[str, FlowRuntime], flow: str, nodes: Sequence[str]) -> FlowRuntime:
    """What runs these nodes here. Raises KeyError."""
    if flow in runtimes:
        return runtimes[flow]
    for runtime in runtimes.values():
        stations = [runtime.stations.get(internal(node)) for node in nodes] if runtime.flow.whole == flow else [None]
        if all(station is not None and station.state != "elsewhere" for station in stations):
            return runtime
    raise KeyError(flow)


async def let_go(engine: Engine, names: Collection[str]) -> None:
    """Stop these flows together and at once: others have them. Raises `KeyError` for an unknown one."""
    async with engine._deploying:
        gone = [engine.runtimes.pop(name) for name in names]
        for runtime in gone:
            engine.taps.detach(runtime)
        await asyncio.gather(*(runtime.stop(0, goes_on=True) for runtime in gone))


async def check_ledger(engine: Engine) -> None:
    """The conservation ledger: look every second, and return at the first message that is unaccounted for."""
    books = LedgerCheck()
    while not engine.unaccounted:
        await asyncio.sleep(CHECK_EVERY_S)
        engine.unaccounted = books.faults(engine.runtimes.values())
    for line in engine.unaccounted:
        log.critical("%s", line)
