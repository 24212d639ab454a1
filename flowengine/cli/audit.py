"""Write out who did what: log-ins, deploys, acts on alarms, users and tokens, while the engine runs or not."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flowengine.cli.options import DATA_DIR
from flowengine.store.audit import FILE, Audit, Line
from flowengine.store.marker import Marker

EXAMPLES = """examples:
  flowengine audit export > audit.jsonl
  flowengine audit export --user ann --data /var/lib/flowengine

One JSON object a line, oldest first: id, time (RFC 3339, UTC), user, action, subject, detail. No line where nothing was
done yet.
exit status: 0 done, 1 refused, for the reason that is printed"""
SLICE = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="print every line as JSON")
    export.add_argument("--user", default="", metavar="NAME", help="of this user only; by default of all")
    export.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Print the lines."""
    if not options.data.is_dir():
        return _refuse(f"there is no data folder {options.data}; name the engine's with --data")
    if not (options.data / FILE).is_file():  # opening would make one
        if Marker(options.data / FILE):
            return _refuse(f"the audit of {options.data} was there and is missing")
        print(f"flowengine: nothing was done yet that the audit of {options.data} would hold", file=sys.stderr)
        return 0
    audit = Audit(options.data, mends=False)
    try:
        for line in _oldest_first(audit, options.user):
            print(json.dumps(_object(line), ensure_ascii=False))
    except (sqlite3.Error, OSError) as fault:
        if isinstance(fault, BrokenPipeError):
            raise
        return _refuse(f"cannot read the audit: {fault}")
    finally:
        audit.close()
    return 0


def _oldest_first(audit: Audit, user: str) -> Iterator[Line]:
    last = 0
    while lines := audit.after(last, SLICE, user):
        yield from lines
        last = lines[-1].id


def _object(line: Line) -> dict[str, object]:
    whole_s, rest_ns = divmod(line.at_ns, 10**9)
    time = f"{datetime.fromtimestamp(whole_s, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // 1000:06d}Z"
    named = {"user": line.user, "action": line.action, "subject": line.subject, "detail": line.detail}
    return {"id": line.id, "time": time, **named}


def _refuse(reason: str) -> int:
    print(f"flowengine: {reason}", file=sys.stderr)
    return 1
