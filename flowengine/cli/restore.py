"""Make a data folder of the file that `flowengine backup` wrote, here or on another machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from flowengine.cli.copying import ended
from flowengine.cli.options import DATA_DIR
from flowengine.store.backup import restore

EXAMPLES = """examples:
  flowengine restore plant.tar.gz --data /var/lib/flowengine

The folder must be new or empty, and the engine that the file comes from must run no more: both would deliver what
waits, and push each other out of their MQTT sessions.
exit status: 0 done, 1 refused, for the reason that is printed; then nothing was written"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what `flowengine backup` wrote")
    parser.add_argument("--data", type=Path, default=DATA_DIR, metavar="DIR", help="the new data folder (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Do it."""
    return ended(lambda: restore(options.file, options.data), options.data)
