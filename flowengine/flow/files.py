"""Flow files on disk: which there are, where a subflow's is. Knows nothing of their contents but the names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from flowengine.catalog.flow_file import NAME

SUFFIXES = (".yaml", ".yml")
BESIDE = (*SUFFIXES, ".csv", ".py")
"""Files that flows are made of."""

MOST_BYTES = 2**20
_FLOW = re.compile(r"^flow:", re.MULTILINE)
_DOOR = re.compile(r"^(inputs|outputs):", re.MULTILINE)


def is_subflow(text: str) -> bool:
    """Whether the text is that of a node type: it has `inputs:` or `outputs:`."""
    return _DOOR.search(text) is not None


def is_flow(text: str) -> bool:
    """Whether the text is that of a flow that runs."""
    return _FLOW.search(text) is not None and not is_subflow(text)


def _holds_flow(file: Path) -> bool:
    return is_flow(file.read_bytes()[:MOST_BYTES].decode("utf-8", "replace"))


class FlowFiles:
    """Subflows of one folder: a type `press` is looked for as `press.yaml` there and in `subflows/`."""

    def __init__(self, folder: Path):
        self.folder = folder

    def get(self, name: str) -> tuple[str, bytes] | None:
        """File name and text of the subflow, or None."""
        if not NAME.fullmatch(name):
            return None
        for folder in (self.folder, self.folder / "subflows"):
            for suffix in SUFFIXES:
                file = folder / f"{name}{suffix}"
                if file.is_file():
                    return str(file), file.read_bytes()
        return None

    def beside(self, name: str) -> bytes | None:
        """The content of a file in the folder of the flow or below it; None when there is none of that name.

        Raises ValueError for one that is larger than a flow may be: a table cut short would be half a plant.
        """
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            return None
        file = self.folder / path
        if not file.is_file() or not file.resolve().is_relative_to(self.folder.resolve()):
            return None
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"{name} is larger than {MOST_BYTES} bytes")
        return content


def find(paths: Iterable[Path], holds_flow: Callable[[Path], bool] = _holds_flow) -> list[Path]:
    """Flow files among `paths`: files as given, those of folders by name; no layouts, tests and subflows.

    Who has read files already gives `holds_flow`.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if _may_be_flow(file) and holds_flow(file):
                    found[file] = None
        else:
            found[path] = None
    return list(found)


def _may_be_flow(file: Path) -> bool:
    beside = Path(file.stem).suffix in (".layout", ".test")
    return file.suffix in SUFFIXES and not file.name.startswith(".") and not beside
