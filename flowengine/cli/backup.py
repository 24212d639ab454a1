"""Copy the data folder into one file, while the engine runs or not: spools, state, alarms, accounts, revisions."""

from __future__ import annotations

import argparse
from pathlib import Path

from flowengine.cli.copying import ended
from flowengine.cli.options import DATA_DIR
from flowengine.store.backup import back_up

EXAMPLES = """examples:
  flowengine backup /mnt/backup/plant.tar.gz
  flowengine backup --data /var/lib/flowengine plant.tar.gz

Flow files and secrets are not in it. It holds what passes through the plant and the hashes of passwords: keep it as
you keep the machine. docs/operations.md says what a restore means.
exit status: 0 done, 1 refused, for the reason that is printed; then there is no file"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="where to, such as plant.tar.gz")
    parser.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the engine's data (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Do it."""
    return ended(lambda: back_up(options.data, options.file), options.file)
