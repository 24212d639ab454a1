"""What commands do with the file of accounts: open it, do it, say why where that cannot be."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Callable

from flowengine.store.accounts import Accounts


def on_accounts(options: argparse.Namespace, noun: str, do: Callable[[Accounts], int]) -> int:
    """The exit status of `do`, or 1 and the reason; where it raises KeyError there is no `noun` of the name given."""
    accounts = Accounts(options.data)
    try:
        return do(accounts)
    except KeyError:
        return _refuse(f"there is no {noun} {options.name!r}")
    except ValueError as fault:
        return _refuse(str(fault))
    except (sqlite3.Error, OSError) as fault:
        return _refuse(f"cannot use the accounts: {fault}")
    finally:
        accounts.close()


def _refuse(reason: str) -> int:
    print(f"flowengine: {reason}", file=sys.stderr)
    return 1
