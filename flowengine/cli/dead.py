"""Look at messages that nothing accepted, give them back to the node that rejected them, or forget them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flowengine.cli.amounts import whole
from flowengine.cli.control import Engine, NotRunning, Refused
from flowengine.cli.options import DATA_DIR
from flowengine.cli.tables import columns, when
from flowengine.config import seconds
from flowengine.flow.places import internal, public
from flowengine.message import Message
from flowengine.store import data_folder
from flowengine.store.dead_letters import DeadLetters, Letter, Which

EXAMPLES = """examples:
  flowengine dead ls                        how many letters of which reason
  flowengine dead ls --reason timeout --each
  flowengine dead show plant/rejected 17
  flowengine dead redrive plant/rejected 17 18
  flowengine dead redrive --from influx     after the cause was mended
  flowengine dead purge --reason "bad CRC"

Listing, showing and purging work on the data folder, also while an engine runs; redriving needs the running engine,
and a letter is forgotten once all that came of it is settled.
exit status: 0 done, 1 refused or nothing found, 2 no engine runs on the data folder"""
REFUSED, AWAY = 1, 2
AT_ONCE = 500
BOUNDLESS_BYTES, BOUNDLESS_S = 1 << 60, 1e9
"""Bounds are the dead-letter node's business: looking must never make a letter go."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    listing = acts.add_parser("ls", help="count letters by flow, node and reason, or list each")
    listing.add_argument("--each", action="store_true", help="one line for each letter, the oldest first")
    listing.add_argument(
        "--count", type=whole(1, 1_000_000), default=100, metavar="N", help="at most so many lines with --each"
    )
    _which(listing)
    show = acts.add_parser("show", help="one letter whole, as JSON")
    _which(show)
    show.add_argument("letter", type=int, metavar="ID", help="its number, as `ls --each` shows it")
    redrive = acts.add_parser("redrive", help="give letters back to the node that rejected them")
    _which(redrive)
    redrive.add_argument("letters", nargs="*", type=int, metavar="ID", help="only these")
    purge = acts.add_parser("purge", help="forget letters")
    purge.add_argument("--older-than", type=seconds, metavar="DURATION", help="such as 7d")
    purge.add_argument("--all", action="store_true", help="every letter")
    _which(purge)


def run(options: argparse.Namespace) -> int:
    """Do it."""
    acts = {"ls": _list, "show": _show, "redrive": _redrive, "purge": _purge}
    if options.act == "redrive" and options.place.isdecimal():
        options.place, options.letters = "", [int(options.place), *options.letters]
    options.place = options.place or options.inside
    try:
        return acts[options.act](options)
    except NotRunning as away:
        print(f"flowengine: {away}", file=sys.stderr)
        return AWAY
    except BrokenPipeError:
        raise
    except (Refused, OSError) as refused:
        print(f"flowengine: {refused}", file=sys.stderr)
        return REFUSED


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", nargs="?", default="", metavar="FLOW[/NODE]", help="only of this dead_letter node")
    parser.add_argument("--in", dest="inside", default="", help=argparse.SUPPRESS)  # what `place` was called before
    parser.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data folder")
    parser.add_argument("--from", dest="origin", metavar="NODE", help="only what this node rejected")
    parser.add_argument("--reason", help="only with exactly this reason")


def _list(options: argparse.Namespace) -> int:
    rows: list[tuple[Any, ...]] = []
    if options.each:
        head = ("ID", "IN", "TIME", "FROM", "TOPIC", "REASON")
        for place, store in _stores(options):
            rows += [
                (x.id, place, when(x.died_ns / 1e6), public(x.node), x.message.topic, x.reason)
                for x in store.list(_chosen(options), options.count)
            ]
        rows = rows[: options.count]
    else:
        head = ("COUNT", "IN", "FROM", "FIRST", "LAST", "REASON")
        for place, store in _stores(options):
            rows += [
                (g.count, place, public(g.node), when(g.first_ns / 1e6), when(g.last_ns / 1e6), g.reason)
                for g in store.groups(_chosen(options))
            ]
    print(columns(head, rows) if rows else "no dead letters")
    return 0


def _show(options: argparse.Namespace) -> int:
    found = [(place, x) for place, store in _stores(options) if (x := store.show(options.letter)) is not None]
    if len(found) != 1:
        several = ", ".join(place for place, _ in found)
        raise Refused(f"say which: {several}" if found else f"no letter {options.letter}")
    print(json.dumps(_whole(*found[0]), indent=2, default=str, ensure_ascii=False))
    return 0


def _redrive(options: argparse.Namespace) -> int:
    engine, count = Engine(options.data), 0
    engine.get("engine")  # say at once when none runs
    for place, store in _stores(options):
        ids = options.letters or [letter.id for letter in _each(store, options)]
        wanted = [letter for id in sorted({*ids}) if (letter := store.show(id)) is not None]
        api_ids = [_api_id(place, letter) for letter in wanted]
        for start in range(0, len(api_ids), AT_ONCE):
            count += engine.post("dead-letters", "redrive", ids=api_ids[start : start + AT_ONCE])["count"]
    print(f"letters given back: {count}")
    return 0 if count else REFUSED


def _purge(options: argparse.Namespace) -> int:
    import time

    chosen = options.place or options.origin or options.reason or options.older_than is not None
    if bool(chosen) == options.all:
        raise Refused("say which letters, or --all")
    age_s = options.older_than
    before_ns = None if age_s is None else time.time_ns() - int(age_s * 1e9)
    count = sum(store.purge(_chosen(options), before_ns) for _, store in _stores(options))
    print(f"letters forgotten: {count}")
    return 0


def _stores(options: argparse.Namespace) -> Iterator[tuple[str, DeadLetters]]:
    for file in data_folder.dead_letters(options.data):
        flow, node = file.parts[-3], file.parts[-2]
        if options.place not in ("", flow, f"{flow}/{public(node)}"):
            continue
        store = DeadLetters(file, BOUNDLESS_BYTES, BOUNDLESS_S)
        try:
            yield f"{flow}/{public(node)}", store
        finally:
            store.close()


def _each(store: DeadLetters, options: argparse.Namespace) -> Iterator[Letter]:
    after = 0
    while page := store.list(_chosen(options), AT_ONCE, after):
        yield from page
        after = page[-1].id


def _chosen(options: argparse.Namespace) -> Which:
    return Which(node=internal(options.origin) if options.origin else None, reason=options.reason)


def _api_id(place: str, letter: Letter) -> str:
    """The id that the API gives the letter."""
    import base64

    flow, _, node = place.partition("/")
    return (
        base64.urlsafe_b64encode(f"{flow}\0{internal(node)}\0{letter.id}\0{letter.died_ns}".encode())
        .rstrip(b"=")
        .decode()
    )


def _whole(place: str, letter: Letter) -> dict[str, Any]:
    message: Message = letter.message
    return {
        "id": letter.id, "in": place, "died": when(letter.died_ns / 1e6), "from": public(letter.node),
        "reason": letter.reason, "topic": message.topic, "payload": message.payload, "meta": dict(message.meta),
        "time_ns": message.time_ns, "arrived_ns": message.arrived_ns,
    }  # fmt: skip
