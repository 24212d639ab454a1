"""Editor and management API beside an engine: made, started as soon as their files can be used, and told of."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

from flowengine.back_ends import BackEnd, back_end
from flowengine.cli.amounts import host_name
from flowengine.deployer import Deployer
from flowengine.engine import Engine
from flowengine.runtime.supervisor import Supervisor
from flowengine.server import Server

TRY_AGAIN_S = 2.0
log = logging.getLogger("flowengine")


def add_serving(parser: argparse.ArgumentParser) -> None:
    """What is said of a server to whatever command has one."""
    parser.add_argument(
        "--no-editor", action="store_true", help="serve no editor: flows, metrics, health and commands only"
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain (PEM), to serve https")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key (PEM)")
    parser.add_argument(
        "--host-name", type=host_name, action="append", default=[], metavar="NAME",
        help="name that browsers may reach this server by",
    )  # fmt: skip
    parser.add_argument(
        "--insecure", action="store_true", help="listen beyond this machine without users or TLS, as behind a proxy"
    )


async def made_editor(options: argparse.Namespace, server: Server, folder: Deployer) -> BackEnd | None:
    """The editor on this server, not started yet; None where none is installed."""

    def made() -> BackEnd | None:
        mount = back_end("editor")  # only who wants the editor pays for its import before the flows run
        if mount is None:
            say("flowengine: no editor is installed; install the package again (in a checkout: ./dev setup)")
            return None
        return mount(server, folder, tuple(options.host_name), options.insecure and server.tls is None)

    return await asyncio.to_thread(made)


def management(engine: Engine) -> BackEnd | None:
    """The API for commands alone. Blocking."""
    made = back_end("management")
    return made(engine) if made is not None else None


async def serve(serving: BackEnd, supervisor: Supervisor) -> None:
    """People and commands are served, now or as soon as the files for that can be used: the flows run without."""
    tried = asyncio.Event()

    async def serve() -> None:
        while not serving.started:
            try:
                await serving.start()
            except (OSError, sqlite3.Error) as fault:
                if not tried.is_set():
                    log.error("editor and commands have to wait, their files cannot be used: %s", fault)
                tried.set()
                await asyncio.sleep(TRY_AGAIN_S)
        tried.set()

    supervisor.start("serving", serve)
    await tried.wait()


def tell_first_start(server: Server, editor: BackEnd | None) -> None:
    """Say how the first password is set, where nobody has one yet."""
    if editor is not None and editor.setup_token is not None:
        say(f"flowengine: no user exists yet; set the first password: {server.url}setup#{editor.setup_token}")


def say(line: str) -> None:
    """A line for whoever started this."""
    with suppress(OSError):  # a full disk, or nobody who reads it any more, stops no flow
        print(line, file=sys.stderr, flush=True)
