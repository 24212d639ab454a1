"""Run flows until SIGTERM or Ctrl+C; then drain, report what was left and exit."""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowengine.back_ends import BackEnd
from flowengine.cli.amounts import DAY_S, number
from flowengine.cli.logs import add_log_arguments, keep_out_of_log, start_logging
from flowengine.cli.notify import Notify
from flowengine.cli.options import add_settings, folder, nothing_in, programs, refuse_missing, settings_of
from flowengine.cli.server_binding import (
    bind,
    has_users,
    refuse,
    refuse_unprotected,
    start,
    take_folder,
    tls_context,
    trusted_proxies,
)  # fmt: skip
from flowengine.cli.serving import add_serving, made_editor, management, say, serve, tell_first_start
from flowengine.cli.traces import Traces, add_trace_arguments, start_traces
from flowengine.deployer import Deployer, Outcome
from flowengine.engine import Engine, check_ledger
from flowengine.flow.files import find
from flowengine.listening import raise_descriptors
from flowengine.runtime.spool_state import said_of_orphan
from flowengine.runtime.supervisor import Supervisor
from flowengine.server import Server, parse_address
from flowengine.store.leases import FileLeases

EXAMPLES = """examples:
  flowengine run flows/
  flowengine run --watch flows/cold_store.yaml        apply the file whenever it changes
  flowengine run --set site=hall2 --env-file prod.env flows/
  flowengine run --listen 127.0.0.1:9000 --no-editor flows/
  flowengine run --listen 0.0.0.0:8880 --tls-cert plant.pem --tls-key plant.key --host-name plant.local flows/

SIGHUP applies changed files. SIGTERM drains and exits with 0; a second one exits at once.
exit status: 0 stopped in order, 1 no flow could be started, 2 refused to start, 3 messages were left undelivered,
4 the conservation ledger found messages unaccounted for"""
LEFT_OVER, UNACCOUNTED = 3, 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="flow files, or folders of them")
    parser.add_argument(
        "--listen", default="127.0.0.1:8880", metavar="HOST:PORT",
        help="where the editor, the API, metrics and what flows serve are reached (default %(default)s: from this "
        "machine only; 0.0.0.0: from everywhere, which wants users and TLS or --insecure; port 0 takes a free one)",
    )  # fmt: skip
    add_serving(parser)
    parser.add_argument(
        "--trusted-proxy", action="append", default=[], metavar="ADDRESS",
        help="address or network of a proxy before this server, whose X-Forwarded-For says where a request came from; "
        "may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--allow-exec", action="append", default=[], metavar="NAME=PATH",
        help="let `exec` nodes run this program under that name; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--allow-python", type=folder, metavar="DIR",
        help="let `python` nodes run files below this folder, each in a process of its own with this program's rights",
    )  # fmt: skip
    parser.add_argument("--watch", action="store_true", help="apply files whenever they change")
    parser.add_argument(
        "--drain", type=number(0, DAY_S), default=10.0, metavar="SECONDS",
        help="when stopped, sources end at once and what is held is delivered for at most so long; the rest is "
        "reported, and stays in its spool or comes again, because it was not acknowledged (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--ledger", action="store_true", default=bool(os.environ.get("FLOWENGINE_LEDGER")),
        help="check every second that every message is accounted for, and stop with 4 when one is not (for tests)",
    )  # fmt: skip
    add_log_arguments(parser)
    add_trace_arguments(parser)
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Run until stopped."""
    missing = next((path for path in options.paths if not path.exists()), None)
    if missing is not None:
        refuse(f"there is no {missing}")
    refuse_missing(options)
    try:
        parse_address(options.listen)
    except ValueError as fault:
        refuse(str(fault))
    if options.no_editor and not options.watch and not find(options.paths):
        refuse(f"{nothing_in(options.paths)}; with the editor or --watch there may be none yet")
    traces = start_traces(options)
    end_logging = start_logging(options)
    try:
        lease = take_folder(FileLeases(options.data), options.data)
        try:
            return _in_loop(options, traces)
        finally:
            lease.release()
    finally:
        if traces is not None:
            traces.stop()
        end_logging()


def _in_loop(options: argparse.Namespace, traces: Traces | None) -> int:
    try:
        import uvloop  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return asyncio.run(_run(options, traces))
    return int(uvloop.run(_run(options, traces)))


async def _run(options: argparse.Namespace, traces: Traces | None) -> int:
    settings = replace(settings_of(options), programs=programs(options.allow_exec), python=options.allow_python)
    engine = Engine(replace(settings, traced=options.trace_sample, trace=traces))
    keep_out_of_log(engine.secrets.text)
    folder = Deployer(engine, options.paths, say)
    engine.starting = True
    raise_descriptors()
    tls = tls_context(options.tls_cert, options.tls_key)
    proxies = trusted_proxies(options.trusted_proxy)
    server = Server(engine, *parse_address(options.listen), tls, options.host_name, proxies)
    editor = None if options.no_editor else await made_editor(options, server, folder)
    refuse_unprotected(server, partial(has_users, options.data), editor is None, options.insecure)
    await bind(server)
    stopping = asyncio.Event()
    supervisor = Supervisor(engine.services.random)
    _on_signals(stopping, folder, supervisor)
    await start(engine, server)
    serving: BackEnd | None = None
    notify = Notify(os.environ)
    try:
        outcomes = await folder.apply()
        _spare_the_collector()
        engine.starting = False
        if options.ledger:
            supervisor.start("ledger", lambda: _keep_books(engine, stopping))
        if options.watch:
            supervisor.start("watch", folder.watch)
        elif not (engine.flows or folder.without_room or editor):
            return 1
        supervisor.start("room", folder.wait_for_room)
        notify.ready(f"flows running: {len(engine.flows)}")
        supervisor.start("signs of life", notify.keep_alive)
        serving = editor or await asyncio.to_thread(management, engine)
        if serving is not None:
            await serve(serving, supervisor)
        await _tell(engine, outcomes, server, editor)
        await stopping.wait()
    finally:
        notify.stopping()
        await supervisor.stop_all()
        if serving is not None and serving.started:
            await serving.stop()
        left = await engine.stop(options.drain)
        await server.stop()
    lines = [line for flow, rest in left.items() for line in (f"{flow}/{text}" for text in rest.lines())]
    say("\n".join(["flowengine: stopped", *lines]))
    if engine.unaccounted:
        return UNACCOUNTED
    return LEFT_OVER if any(rest.held for rest in left.values()) else 0


async def _tell(engine: Engine, outcomes: Sequence[Outcome], server: Server, editor: BackEnd | None) -> None:
    wrong = sum(outcome.plan is None for outcome in outcomes)
    others = f", not running: {wrong}" if wrong else ""
    say(f"flowengine: flows running: {len(engine.flows)}{others}; {server.url}")
    tell_first_start(server, editor)
    await _tell_orphans(engine)


async def _tell_orphans(engine: Engine) -> None:
    """What waits on disk for nodes that are not there is nobody's until somebody looks."""
    for found in await engine.spools.orphans():
        if words := said_of_orphan(found, found.place.flow in engine.flows):
            say(f"flowengine: {words}; see `flowengine spool`")


async def _keep_books(engine: Engine, stopping: asyncio.Event) -> None:
    await check_ledger(engine)
    stopping.set()


def _spare_the_collector() -> None:
    """Leave what was loaded out of garbage collection, and collect less often.

    Messages cannot form cycles, so looking for some after every 700 new objects is a tenth of the hot path.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _on_signals(stopping: asyncio.Event, folder: Deployer, supervisor: Supervisor) -> None:
    def stop() -> None:
        if stopping.is_set():
            os._exit(130)  # a second signal is for someone who cannot wait for the drain
        stopping.set()

    async def reload() -> None:
        await folder.apply()

    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, stop)
    serial = itertools.count()
    loop.add_signal_handler(signal.SIGHUP, lambda: supervisor.start(("reload", next(serial)), reload))
