"""Look at what waits on disk before nodes, also before nodes that are gone; drop it where nobody wants it any more."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec

from flowengine.cli.amounts import whole
from flowengine.cli.control import Engine, NotRunning, Refused
from flowengine.cli.options import DATA_DIR
from flowengine.cli.tables import columns, print_json, when
from flowengine.counts import count_of
from flowengine.flow.places import internal
from flowengine.message import Message
from flowengine.runtime.spool_state import state_of
from flowengine.runtime.spools import Spools
from flowengine.store.spool import SpoolError, SpoolInUse

EXAMPLES = """examples:
  flowengine spool ls
  flowengine spool peek plant/influx --count 3
  flowengine spool export old_flow/history > rest.jsonl      all of an orphan; it stays there
  flowengine spool purge old_flow/history

While an engine runs on the data folder it is asked; else the folder itself is read. A spool whose node is gone (an
orphan; only a running engine can tell) stays until a node of that name comes back, a node says `was: OLD_NAME`, or
somebody purges it. `export` reads the folder itself: an orphan, or any spool while no engine runs.
exit status: 0 done, 1 refused or no such spool"""
REFUSED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    _data(acts.add_parser("ls", help="every spool with how much waits in it"))
    peek = acts.add_parser("peek", help="the oldest messages as JSON lines; they stay there")
    peek.add_argument("place", metavar="FLOW/NODE", help="whose spool")
    peek.add_argument(
        "--count", type=whole(1, 1000), default=10, metavar="N", help="how many, at most 1000 (default %(default)s)"
    )
    _data(peek)
    export = acts.add_parser("export", help="all messages of an orphan as JSON lines; they stay there")
    export.add_argument("place", metavar="FLOW/NODE", help="whose spool")
    _data(export)
    purge = acts.add_parser("purge", help="drop all that waits in a spool")
    purge.add_argument("place", metavar="FLOW/NODE", help="whose spool")
    _data(purge)


def run(options: argparse.Namespace) -> int:
    """Ask the engine, or else the folder."""
    try:
        if options.act == "export":
            return asyncio.run(_export(options))
        try:
            return _by_engine(Engine(options.data), options)
        except NotRunning:
            return asyncio.run(_by_folder(options))
    except BrokenPipeError:
        raise
    except SpoolInUse:
        print(f"flowengine: an engine has {options.place}; stop it first, or look with `spool peek`", file=sys.stderr)
        return REFUSED
    except (Refused, SpoolError, OSError, KeyError) as fault:
        print(f"flowengine: {fault.args[0] if isinstance(fault, KeyError) else fault}", file=sys.stderr)
        return REFUSED


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data folder")


def _by_engine(engine: Engine, options: argparse.Namespace) -> int:
    if options.act == "ls":
        _show_list(engine.get("spools")["items"])
    elif options.act == "peek":
        items = engine.get("spools", *_place(options), limit=min(1000, max(1, options.count)))["items"]
        print_json(items)
    else:
        place = _place(options)
        dropped = engine.post("spools", *place, "purge")["count"]
        rest = (i["messages"] for i in engine.get("spools")["items"] if (i["flow"], i["node"]) == place)
        left = next(rest, 0)
        print(f"{count_of(dropped, 'message')} dropped" + (f", {left} are on their way and stay" if left else ""))
    return 0


async def _export(options: argparse.Namespace) -> int:
    flow, node = _place(options)
    async with aclosing(Spools({}, options.data).every(flow, internal(node))) as messages:
        async for arrived_ns, message in messages:
            print(_line(arrived_ns, message))
    return 0


async def _by_folder(options: argparse.Namespace) -> int:
    spools = Spools({}, options.data)
    if options.act == "ls":
        _show_list([msgspec.to_builtins(state_of(found)) | {"orphan": None} for found in await spools.all()])
        return 0
    flow, node = _place(options)
    if options.act == "peek":
        for arrived_ns, message in await spools.peek(flow, internal(node), max(1, options.count)):
            print(_line(arrived_ns, message))
    else:
        print(f"{count_of(await spools.purge(flow, internal(node)), 'message')} dropped")
    return 0


def _show_list(items: list[dict[str, Any]]) -> None:
    head = ("SPOOL", "MESSAGES", "KiB", "OF KiB", "FULL IN", "OLDEST", "STATE")
    rows = [
        (f"{i['flow']}/{i['node']}", i["messages"], _kib(i["size_bytes"]), _kib(i["limit_bytes"]),
         _full_in(i["full_in_s"]), when(i["oldest_ms"]), _state(i))
        for i in items
    ]  # fmt: skip
    print(columns(head, rows) if rows else "no spools")


def _kib(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else size_bytes // 1024


def _full_in(seconds: float | None) -> str | None:
    """For people, who need no seconds where it takes days."""
    if seconds is None:
        return None
    amounts = (("d", 86_400), ("h", 3600), ("min", 60))
    unit, length = next((each for each in amounts if seconds >= 2 * each[1]), ("s", 1))
    return f"{seconds / length:.0f} {unit}"


def _state(item: dict[str, Any]) -> str:
    if item["orphan"] is None and not item["fault"]:
        return "no engine runs"  # so nobody knows whether a flow has it
    return str(item["fault"] or ("orphan" if item["orphan"] else "in use" if item["healthy"] else "failing"))


def _line(arrived_ns: int, message: Message) -> str:
    shown = {"arrived_ns": arrived_ns, "topic": message.topic, "time_ns": message.time_ns, "id": message.id,
             "meta": dict(message.meta), "payload": message.payload}  # fmt: skip
    return msgspec.json.encode(shown, enc_hook=str).decode()


def _place(options: argparse.Namespace) -> tuple[str, str]:
    flow, slash, node = options.place.partition("/")
    if not slash or not flow or not node:
        raise Refused(f"{options.place!r} is not FLOW/NODE")
    return flow, node
