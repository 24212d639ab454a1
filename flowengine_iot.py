"""Where the command `flowengine` starts: is the package of that name our own? It looks before anything of it runs.

Another project on PyPI has the distribution name `flowengine` and installs a package of the same name; whichever comes
second overwrites the first. This file is ours alone. Standard library only.
"""

import gc
import sys
from importlib.util import find_spec
from pathlib import Path

NAME = "flowengine-iot"
USAGE = 2


def main() -> int:
    """What the command returns; 2 with a sentence where the package `flowengine` is not ours."""
    wrong = whats_wrong()
    if wrong:
        print(f"flowengine: {wrong}", file=sys.stderr)
        return USAGE
    gc.disable()  # what is being loaded stays: looking for garbage in it takes a tenth of the start
    from flowengine.cli import main as command

    return command()


def whats_wrong() -> str | None:
    """What stands in the place of our package and what to do, a sentence; None when it is ours. Runs nothing of it."""
    spec = find_spec("flowengine")
    start = Path(spec.origin) if spec and spec.origin else None
    if start and f'DISTRIBUTION = "{NAME}"' in start.read_text(encoding="utf-8", errors="replace"):
        return None
    return (
        f"the package in {start.parent if start else 'no folder'} belongs to another project of the name flowengine: "
        f"pip uninstall -y flowengine {NAME}, then pip install {NAME}"
    )
