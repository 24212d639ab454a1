"""Serve tools for assistants over standard input and output (Model Context Protocol): node types, check, guarantees,
test, plan; rates, values and alarms of a running engine; drafts for a person to look at. Nothing here deploys."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from pathlib import Path

from flowengine.cli.options import DATA_DIR, add_nodes

EXAMPLES = """examples:
  flowengine mcp flows/
  flowengine token add claude --drafts-for ann > token && FLOWENGINE_TOKEN=$(cat token) flowengine mcp flows/
  FLOWENGINE_TOKEN=... flowengine mcp --url https://plant.example flows/

An assistant starts it; in its settings: command `flowengine`, arguments `mcp flows/`. Needs the extra `mcp`.
FLOWENGINE_TOKEN is a token of the engine at --url: a viewer's to read, one with `--drafts-for` to propose drafts too.
Each call is a line of the audit in --data. Flows get no variables of the environment and no secrets.
exit status: 0 the assistant is gone, 1 the audit cannot be written, 2 the extra is not installed"""
TOKEN = "FLOWENGINE_TOKEN"  # noqa: S105 - the name of a variable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path(),
        metavar="DIR",
        help="where subflows and tables lie (%(default)s)",
    )
    parser.add_argument("--url", default="http://127.0.0.1:8880", help="where the engine listens (%(default)s)")
    parser.add_argument("--name", default="mcp", help="what the audit calls the assistant (%(default)s)")
    parser.add_argument(
        "--data", type=Path, default=DATA_DIR, metavar="DIR", help="whose audit is written (%(default)s)"
    )
    add_nodes(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until the assistant closes standard input."""
    try:
        from flowengine.cli.mcp_server import server
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "mcp":
            raise
        raise SystemExit("flowengine: assistants need the extra mcp: pip install 'flowengine-iot[mcp]'") from None
    from flowengine.cli.mcp_tools import Tools
    from flowengine.store.audit import Audit

    audit = Audit(options.data)
    try:
        audit.open()
        tools = Tools(options.folder, options.url, os.environ.get(TOKEN, ""), options.nodes or ())
        server(tools, lambda *said: audit.record(f"assistant:{options.name}", *said)).run("stdio")
    except (sqlite3.Error, OSError) as fault:
        print(f"flowengine: cannot write the audit in {options.data}: {fault}", file=sys.stderr)
        return 1
    finally:
        audit.close()
    return 0
