"""What all commands of a cluster take, and how they reach its servers."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flowengine.cli.amounts import named, whole
from flowengine.cli.server_binding import refuse
from flowengine.store.port import Away

if TYPE_CHECKING:
    from flowengine.store.jetstream.client import JetStream
    from flowengine.store.jetstream.keys import StreamKeys

FILE = "cluster.json"
PREFIX = "flowengine"
PATIENCE_S = 20.0
STARTED_S = 3.0


class Reached(NamedTuple):
    """Where a cluster's servers are."""

    urls: Sequence[str]
    replicas: int
    prefix: str
    credentials: str


def add_servers(parser: argparse.ArgumentParser) -> None:
    """Arguments that say which servers."""
    parser.add_argument("--nats", metavar="URL,URL…", help="the NATS servers of the cluster, such as nats://a,nats://b")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="the folder of a `flowengine cluster up` instead")
    parser.add_argument("--creds", type=Path, metavar="FILE", help="credentials for the servers")
    parser.add_argument(
        "--name-space",
        type=named(r"[A-Za-z0-9_-]{1,32}", "letters, digits, _ -"),
        default=PREFIX,
        metavar="NAME",
        help="of this cluster (default %(default)s)",
    )
    parser.add_argument(
        "--replicas",
        type=whole(1, 5),
        metavar="N",
        help="copies of everything (default 3; of `cluster up` as many as servers)",
    )


def reached(options: argparse.Namespace) -> Reached:
    """The servers that were given. Raises `SystemExit` for none."""
    credentials = str(options.creds) if options.creds else ""
    if options.creds and not options.creds.is_file():
        refuse(f"there is no file {options.creds}")
    if options.nats is not None:
        urls = [url if "://" in url else f"nats://{url}" for url in options.nats.split(",") if url]
        if not urls:
            refuse("--nats takes URL,URL…, such as nats://a,nats://b")
        return Reached(urls, options.replicas or 3, options.name_space, credentials)
    if options.dir is None:
        refuse("which cluster? give --nats URL,URL… or --dir of a `flowengine cluster up`")
    if (found := _told_by(options.dir)) is None:
        refuse(f"no cluster runs in {options.dir}: start one with `flowengine cluster up {options.dir}`")
    return Reached(found["urls"], options.replicas or int(found["replicas"]), options.name_space, credentials)


def _told_by(folder: Path) -> Any:
    """What a `cluster up` wrote there; one that has just been started is waited for."""
    end_s = time.monotonic() + STARTED_S
    while True:
        try:
            return json.loads((folder / FILE).read_text())
        except (OSError, ValueError):
            if time.monotonic() > end_s:
                return None
            time.sleep(0.1)


async def connected(where: Reached, name: str) -> tuple[JetStream, StreamKeys]:
    """A connection to them, and the cluster's bucket; servers that have just been started are waited for.

    Raises `SystemExit` where none answers or the client is not installed.
    """
    try:
        from flowengine.store.jetstream.client import JetStream
        from flowengine.store.jetstream.keys import StreamKeys
    except ImportError:
        refuse("a cluster needs the NATS client: pip install 'flowengine-iot[cluster]'")
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            jetstream = await JetStream.connect(where.urls, name, where.replicas, where.credentials)
            try:
                keys = StreamKeys(jetstream, where.prefix)
                await keys.open()
                await keys.aget("ready")  # a bucket that was just made has nobody who answers for it yet
                return jetstream, keys
            except Away:
                await jetstream.close()
                raise
        except Away as away:
            if time.monotonic() > end_s:
                refuse(str(away))
            await asyncio.sleep(0.5)
