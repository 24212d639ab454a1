"""Node files in a folder beside the flows: made importable as a package of their own, without building one.

The machine's owner names the folder on the command line; what is in it is Python that runs with the engine's rights.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from flowengine.catalog import use
from flowengine.catalog.kinds import FOLDERS

PREFIX = "flowengine_local_nodes"


class BadNodes(ValueError):
    """A folder without node files, or a file that cannot be loaded; says which and where."""


def use_folder(folder: Path) -> list[str]:
    """Types of the node files in `folder`, which the catalog knows from then on. Raises BadNodes."""
    if not folder.is_dir():
        raise BadNodes(f"{folder} is no folder")
    package = ModuleType(f"{PREFIX}_{len([name for name in sys.modules if name.startswith(PREFIX)])}")
    package.__path__ = [str(folder.resolve())]
    sys.modules[package.__name__] = package
    found = [name for room in FOLDERS if (folder / room).is_dir() for name in _loaded(package, room)]
    if not found:
        raise BadNodes(f"{folder} has no node files; they stand in folders called {', '.join(FOLDERS)}")
    try:
        use(package.__name__)
    except ValueError as fault:
        raise BadNodes(f"{folder}: {fault}") from None
    return found


def _loaded(package: ModuleType, folder: str) -> list[str]:
    room = importlib.import_module(f"{package.__name__}.{folder}")
    names = [module.name for module in pkgutil.iter_modules(room.__path__) if not module.name.startswith("_")]
    for name in names:
        file = Path(package.__path__[0]) / folder / f"{name}.py"
        try:
            importlib.import_module(f"{room.__name__}.{name}")
        except SyntaxError as fault:
            raise BadNodes(f"{file}:{fault.lineno}: {fault.msg}") from None
        except Exception as fault:
            raise BadNodes(f"{file}:{_line_in(file, fault)}: {type(fault).__name__}: {fault}") from None
    return names


def _line_in(file: Path, fault: Exception) -> int:
    """The line of the file on which loading failed."""
    line, trace = 1, fault.__traceback__
    while trace:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(file) else line
        trace = trace.tb_next
    return line
