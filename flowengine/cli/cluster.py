"""A cluster: start one on this machine to try it, show who runs what, drain a worker, declare one gone."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from flowengine.cli.amounts import whole
from flowengine.cli.cluster_options import add_servers, connected, reached
from flowengine.cli.tables import columns

EXAMPLES = """examples:
  flowengine cluster up try/ --servers 3 --workers 2
  flowengine cluster status --dir try/
  flowengine cluster status --nats nats://a,nats://b,nats://c --format json
  flowengine cluster drain hall2 --nats nats://a,nats://b,nats://c

`drain` has a worker give back what it runs, in order, and take nothing more until it is started again. `evict` lets
the others take over at once, without waiting for a silence: for a machine that is known to be dead.
exit status: 0 done, 1 there is no such worker, 2 refused"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    commands = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    up = commands.add_parser("up", help="start servers and workers on this machine, until Ctrl+C")
    up.add_argument("folder", type=Path, metavar="DIR", help="where they keep everything")
    up.add_argument("--servers", type=whole(1, 5), default=3, help="how many NATS servers (default %(default)s)")
    up.add_argument("--workers", type=whole(0, 100), default=2, help="how many workers (default %(default)s)")
    status = commands.add_parser("status", help="who runs what, and how much waits")
    status.add_argument("--format", choices=["text", "json"], default="text", help="default %(default)s")
    for name, text in (("drain", "have a worker give everything back"), ("evict", "let others take over at once")):
        commands.add_parser(name, help=text).add_argument("worker", metavar="WORKER", help="its name")
    for name, command in commands.choices.items():
        if name != "up":
            add_servers(command)


def run(options: argparse.Namespace) -> int:
    """Do it."""
    if options.what == "up":
        from flowengine.cli.cluster_up import up

        return up(options.folder, options.servers, options.workers)
    return asyncio.run(_asked(options))


async def _asked(options: argparse.Namespace) -> int:
    jetstream, keys = await connected(reached(options), "cluster")
    from flowengine.cluster import watching

    try:
        if options.what == "status":
            _show(await watching.status(keys), options.format)
            return 0
        if await watching.ask(keys, options.worker, options.what):
            return 0
        print(f"flowengine: no worker {options.worker!r} lives")
        return 1
    finally:
        await jetstream.close()


def _show(found: dict[str, Any], form: str) -> None:
    if form == "json":
        print(json.dumps(found, indent=1))
        return
    workers = [[w["name"], w["host"], w["pid"], w["version"], w["url"], len(w["stages"])] for w in found["workers"]]
    print(columns(["worker", "host", "pid", "version", "address", "stages"], workers))
    head = ["flow", "stage", "partition", "owner", "epoch", "position", "lag"]
    print(f"\n{columns(head, [[stage[name] or 0 for name in head] for stage in found['stages']])}")
    for worker in found["workers"]:
        for fault in worker["faults"]:
            print(f"{worker['name']}: {fault}")
