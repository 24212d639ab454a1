"""Add, list and revoke tokens, by which machines use the API. A token is printed once and kept as a hash only."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from flowengine.cli.on_accounts import on_accounts
from flowengine.cli.options import DATA_DIR
from flowengine.cli.user import moment
from flowengine.config import seconds
from flowengine.store.accounts import ROLES
from flowengine.store.tokens import Tokens

EXAMPLES = """examples:
  flowengine token add ci --role integrator --expires 90d
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8880/api/v1/flows
  flowengine token add assistant --drafts-for ann
  flowengine token ls
  flowengine token rm ci

exit status: 0 done, 1 refused, for the reason that is printed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a token and print it")
    add.add_argument("name", help="what it is for")
    add.add_argument("--role", choices=ROLES, default="viewer", help="what it may do (%(default)s)")
    add.add_argument("--expires", metavar="DURATION", help="such as 90d; by default it does not expire")
    add.add_argument(
        "--drafts-for",
        metavar="USER",
        help="it may also write drafts of flows for this user to deploy, as assistants do",
    )
    remove = actions.add_parser("rm", help="revoke a token")
    remove.add_argument("name", help="its name or id")
    for action in (add, remove, actions.add_parser("ls", help="list tokens")):
        action.add_argument(
            "--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data (%(default)s)"
        )


def run(options: argparse.Namespace) -> int:
    """Do it."""
    return on_accounts(options, "token", lambda accounts: _do(Tokens(accounts.file), options))


def _do(tokens: Tokens, options: argparse.Namespace) -> int:
    if options.action == "add":
        expires_ns = time.time_ns() + int(seconds(options.expires) * 1e9) if options.expires else None
        print(tokens.add(options.name, options.role, expires_ns, options.drafts_for)[1])
    elif options.action == "rm":
        tokens.remove(options.name)
    else:
        for token in tokens.all():
            until = f"until {moment(token.expires_ns)}" if token.expires_ns else "for good"
            used = f"used {moment(token.used_ns)}" if token.used_ns else "never used"
            drafts = f", drafts for {token.drafts_for}" if token.drafts_for else ""
            print(f"{token.id}  {token.name:<24} {token.role:<11} {until}, {used}{drafts}")
    return 0
