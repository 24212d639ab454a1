"""Add, change, remove and list the people who may use the editor. Works while the engine runs, and before."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from flowengine.cli.on_accounts import on_accounts
from flowengine.cli.options import DATA_DIR
from flowengine.store.accounts import ROLES, Accounts

EXAMPLES = """examples:
  flowengine user add anna --role admin         asks for the password
  echo "$PASSWORD" | flowengine user add bob --role operator
  flowengine user passwd anna                   ends her sessions, too
  flowengine user ls
  flowengine user rm bob
  flowengine user reset                         when nobody can log in any more

exit status: 0 done, 1 refused, for the reason that is printed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, help_text in (("add", "add a user"), ("passwd", "set a password"), ("rm", "remove a user")):
        action = actions.add_parser(name, help=help_text)
        action.add_argument("name", help="who")
        _add_data(action)
        if name == "add":
            action.add_argument("--role", choices=ROLES, default="viewer", help="what he may do (%(default)s)")
    _add_data(actions.add_parser("ls", help="list users"))
    _add_data(actions.add_parser("reset", help="forget all users and tokens, and let the next start print its link"))


def run(options: argparse.Namespace) -> int:
    """Do it."""
    return on_accounts(options, "user", lambda accounts: _do(accounts, options))


def _do(accounts: Accounts, options: argparse.Namespace) -> int:
    if options.action == "add":
        accounts.add_user(options.name, _password(), options.role)
    elif options.action == "passwd":
        accounts.change_user(options.name, password=_password())
    elif options.action == "rm":
        accounts.remove_user(options.name)
    elif options.action == "reset":
        accounts.reset()
        print("every user and token is gone; start the engine again: it prints the link that sets the first password")
    else:
        for user in accounts.users():
            last = f"last seen {moment(user.login_ns)}" if user.login_ns else "never logged in"
            print(f"{user.name:<24} {user.role:<11} {'disabled' if user.disabled else last}")
    return 0


def moment(at_ns: int) -> str:
    """The time in UTC, to the second."""
    return datetime.fromtimestamp(at_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _password() -> str:
    """Asked for twice at a terminal, else the first line of the input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise ValueError("the two passwords differ")
    return password


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data (%(default)s)")
