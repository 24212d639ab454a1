"""Show alarms of a running engine and handle them: acknowledge, shelve, take out of service; look at what happened."""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from pathlib import Path
from typing import Any

from flowengine.cli.amounts import whole
from flowengine.cli.control import Engine, NotRunning, Refused
from flowengine.cli.options import DATA_DIR
from flowengine.cli.tables import as_json, columns, print_json, when
from flowengine.config import seconds

EXAMPLES = """examples:
  flowengine alarm ls
  flowengine alarm ack c1 --comment "on my way"
  flowengine alarm shelve plant/too_hot/c1 --for 2h --reason "door open for loading"
  flowengine alarm shelve c1 --reason "sensor is being replaced"      until it clears
  flowengine alarm out-of-service c1 --reason "dismantled"
  flowengine alarm ack --group gateway-7
  flowengine alarm history --count 20

An alarm is named by its key, by FLOW/NODE/KEY, or by its id; with --all an act is for every alarm in the list,
with --group for those of a group of alarms. `ack` leaves out those that are acknowledged already.
exit status: 0 done, 1 refused or no such alarm, 2 no engine runs on the data folder"""
REFUSED, AWAY = 1, 2
ACTS = {
    "ack": ("acknowledge", "say that you have seen it"),
    "shelve": ("shelve", "silence it for a time, or until it clears"),
    "unshelve": ("unshelve", "end that before its time"),
    "out-of-service": ("out-of-service", "take it out of service"),
    "in-service": ("in-service", "put it back into service"),
}
WITH_REASON = ("shelve", "out-of-service")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    wanted = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    _where_and_how(wanted.add_parser("ls", help="alarms that are not at rest, the most urgent first"))
    history = wanted.add_parser("history", help="what happened, newest first")
    history.add_argument("alarm", nargs="?", help="only this alarm")
    history.add_argument(
        "--count", type=whole(1, 1_000_000), default=50, metavar="N", help="how many lines (default %(default)s)"
    )
    _where_and_how(history)
    for name, (_, help_) in ACTS.items():
        _act_arguments(wanted.add_parser(name, help=help_), name)


def run(options: argparse.Namespace) -> int:
    """Do it."""
    engine = Engine(options.data)
    try:
        if options.act == "ls":
            return _list(engine, options)
        if options.act == "history":
            return _history(engine, options)
        return _act(engine, options)
    except NotRunning as away:
        print(f"flowengine: {away}", file=sys.stderr)
        return AWAY
    except Refused as refused:
        print(f"flowengine: {refused}", file=sys.stderr)
        return REFUSED


def _where_and_how(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data folder")
    parser.add_argument("--flow", default="", help="only this flow")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="lines for people, or JSON")


def _act_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("alarms", nargs="*", metavar="ALARM", help="key, FLOW/NODE/KEY or id")
    parser.add_argument("--all", action="store_true", help="every alarm of the list")
    parser.add_argument("--group", metavar="GROUP", help="every alarm of this group")
    if name in WITH_REASON:
        parser.add_argument("--reason", required=True, help="why")
    else:
        parser.add_argument("--comment", default="", help="what there is to say")
    if name == "shelve":
        parser.add_argument("--for", dest="for_s", type=seconds, metavar="DURATION", help="such as 30m or 2h")
    _where_and_how(parser)


def _list(engine: Engine, options: argparse.Namespace) -> int:
    alarms = list(engine.each("alarms", flow=options.flow))
    if options.format == "json":
        print_json(alarms)
        return 0
    grouped = any(alarm["group"] is not None for alarm in alarms)
    head = ("ALARM", "PRIORITY", "STATE", "VALUE", "SINCE", *["GROUP"] * grouped, "TITLE")
    rows = [
        (_name(a), a["priority"], _state(a), a["value"], when(a["since_ms"]), *[a["group"]] * grouped, a["title"])
        for a in alarms
    ]
    print(columns(head, rows) if rows else "no alarms")
    return 0


def _history(engine: Engine, options: argparse.Namespace) -> int:
    wanted = _find(engine, options, options.alarm)[0]["id"] if options.alarm else ""
    lines = list(islice(engine.each("alarms", "history", flow=options.flow, alarm=wanted), max(0, options.count)))
    if options.format == "json":
        print_json(lines)
        return 0
    rows = [(when(e["at_ms"]), e["event"], e["by"] or "", e["value"], e["title"], e["comment"]) for e in lines]
    print(columns(("TIME", "EVENT", "BY", "VALUE", "TITLE", "COMMENT"), rows) if rows else "nothing happened")
    return 0


def _act(engine: Engine, options: argparse.Namespace) -> int:
    status = 0
    for alarm in _chosen(engine, options):
        try:
            after = engine.post("alarms", alarm["id"], ACTS[options.act][0], **_words(options))
        except Refused as refused:
            print(f"flowengine: {_name(alarm)}: {refused}", file=sys.stderr)
            status = REFUSED
            continue
        print(as_json(after) if options.format == "json" else f"{_name(after)}: {_state(after)}")
    return status


def _chosen(engine: Engine, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The alarms that are meant. Raises `Refused`."""
    if [bool(options.alarms), options.all, options.group is not None].count(True) != 1:
        raise Refused("name alarms, or give --all or --group")
    if options.alarms:
        return [alarm for name in options.alarms for alarm in _find(engine, options, name)]
    found = list(engine.each("alarms", flow=options.flow))
    if options.group is not None:
        found = [alarm for alarm in found if alarm["group"] == options.group]
        if not found:
            raise Refused(f"no alarm of a group {options.group!r}; see flowengine alarm ls")
    return [alarm for alarm in found if options.act != "ack" or alarm["state"].endswith("unacknowledged")]


def _words(options: argparse.Namespace) -> dict[str, Any]:
    if options.act not in WITH_REASON:
        return {"comment": options.comment}
    words = {"reason": options.reason}
    if options.act == "shelve":
        return words | ({"once": True} if options.for_s is None else {"for_s": options.for_s})
    return words


def _find(engine: Engine, options: argparse.Namespace, name: str) -> list[dict[str, Any]]:
    """The alarm that is meant. Raises `Refused` for none or several."""
    alarms = list(engine.each("alarms", flow=options.flow))
    found = [alarm for alarm in alarms if name in (alarm["id"], alarm["key"], _name(alarm))]
    if not found and "~" in name:
        return [{"id": name}]
    if len(found) != 1:
        known = ", ".join(map(_name, found[:5]))
        raise Refused(f"{name!r} may be {known}" if found else f"no alarm {name!r}; see flowengine alarm ls")
    return found


def _name(alarm: dict[str, Any]) -> str:
    return f"{alarm['flow']}/{alarm['node']}/{alarm['key']}".rstrip("/") if "flow" in alarm else str(alarm["id"])


def _state(alarm: dict[str, Any]) -> str:
    more = [name for name in ("shelved", "out_of_service", "stale", "uncertain") if alarm[name]]
    state = [] if more and alarm["state"] == "normal" else [alarm["state"]]
    return " ".join([*state, *more]).replace("_", " ")
