"""Run a share of a cluster's flows until SIGTERM or Ctrl+C; then drain, give everything back and exit."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from flowengine.back_ends import BackEnd
from flowengine.cli.amounts import named
from flowengine.cli.cluster_options import Reached, add_servers, connected, reached
from flowengine.cli.logs import add_log_arguments, keep_out_of_log, start_logging
from flowengine.cli.options import add_settings, programs, refuse_missing, settings_of
from flowengine.cli.server_binding import bind, has_users, refuse, refuse_unprotected, start, take_folder, tls_context
from flowengine.cli.serving import add_serving, made_editor, management, serve, tell_first_start
from flowengine.engine import Engine, Settings
from flowengine.listening import raise_descriptors
from flowengine.runtime.supervisor import Supervisor
from flowengine.server import Server, parse_address
from flowengine.store.leases import FileLeases

if TYPE_CHECKING:
    from flowengine.cluster.worker import ClusterWorker

EXAMPLES = """examples:
  flowengine worker --nats nats://a,nats://b,nats://c --name hall2
  flowengine worker --nats nats://a,nats://b,nats://c --name hall2 --place hall2 --place serial
  flowengine worker --dir try/ --name third

SIGTERM drains, gives everything back and exits with 0.
exit status: 0 stopped in order, 2 refused to start"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    add_servers(parser)
    parser.add_argument(
        "--name",
        type=named(r"[\w.-]{1,100}", "letters, digits, . _ -"),
        metavar="NAME",
        help="of this worker (default: the machine's)",
    )
    parser.add_argument(
        "--place", type=named(r"\S{1,100}", "characters without a space"), action="append", default=[], metavar="LABEL",
        help="run nodes with this `place` too; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--listen", default="127.0.0.1:0", metavar="HOST:PORT",
        help="where the editor of the whole cluster, the API, metrics and what flows serve are reached (default "
        "%(default)s: a free port of this machine; others can reach 0.0.0.0, which wants users and TLS or --insecure)",
    )  # fmt: skip
    add_serving(parser)
    parser.add_argument(
        "--allow-exec", action="append", default=[], metavar="NAME=PATH", help="let `exec` nodes run this program"
    )
    add_log_arguments(parser)
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Work until stopped."""
    refuse_missing(options)
    where = reached(options)
    try:
        parse_address(options.listen)
    except ValueError as fault:
        refuse(str(fault))
    end_logging = start_logging(options)
    try:
        lease = take_folder(FileLeases(options.data), options.data)
        try:
            settings = replace(settings_of(options), programs=programs(options.allow_exec))
            return asyncio.run(_run(options, where, settings))
        finally:
            lease.release()
    finally:
        end_logging()


async def _run(options: argparse.Namespace, where: Reached, settings: Settings) -> int:
    name = options.name or socket.gethostname()
    jetstream, _ = await connected(where, name)
    from flowengine.cluster.folder import ClusterFolder
    from flowengine.cluster.whole import WholeCluster
    from flowengine.cluster.worker import ClusterWorker

    engine = Engine(settings)
    keep_out_of_log(engine.secrets.text)
    raise_descriptors()
    tls = tls_context(options.tls_cert, options.tls_key)
    server = Server(engine, *parse_address(options.listen), tls, options.host_name)
    worker = ClusterWorker(engine, jetstream, where.prefix, name, options.place)
    engine.cluster = WholeCluster(worker, jetstream, where.prefix)
    folder = ClusterFolder(worker)
    editor = None if options.no_editor else await made_editor(options, server, folder)
    refuse_unprotected(server, partial(has_users, options.data), editor is None, options.insecure)
    engine.starting = True
    await bind(server)
    await start(engine, server)
    worker.url = reached_at(server, options.host_name)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    supervisor = Supervisor(engine.services.random)
    serving: BackEnd | None = None
    try:
        await _joined(worker)
        engine.starting = False
        supervisor.start("cluster", worker.run)
        serving = editor or await asyncio.to_thread(management, engine)
        if serving is not None:
            await serve(serving, supervisor)
        if editor is not None:
            supervisor.start("flows", folder.follow)
        tell_first_start(server, editor)
        print(f"flowengine: worker {name}; {server.url}", file=sys.stderr, flush=True)
        await stopping.wait()
    finally:
        await supervisor.stop_all()
        if serving is not None and serving.started:
            await serving.stop()
        await worker.close()
        await engine.stop(0)
        await server.stop()
        await jetstream.close()
    print("flowengine: stopped", file=sys.stderr, flush=True)
    return 0


def reached_at(server: Server, names: Sequence[str]) -> str:
    """Where browsers of other machines find the worker: by the name that it was given, or the machine's."""
    name = names[0] if names else socket.gethostname() if server.host in ("0.0.0.0", "::") else ""  # noqa: S104
    return f"{'https' if server.tls else 'http'}://{name}:{server.port}/" if name else server.url


async def _joined(worker: ClusterWorker) -> None:
    try:
        await worker.open()
    except OSError as away:
        refuse(str(away))
