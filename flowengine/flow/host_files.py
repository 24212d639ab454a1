"""Which files of this machine flows may name: those below the roots that its owner lists, never the engine's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.config import HostFile, name_fault
from flowengine.store import data_folder

ELSEWHERE = "is no file that flows may use; --allow-files with its folder might allow it"
"""What is said of a file whose name must not be told."""


@dataclass(frozen=True)
class HostFiles:
    """`roots` may be used; `ours` (the data folder, secrets, keys) never, neither from below nor from above.

    A root is what its path leads to now: a link that takes its place later opens no other folder.
    """

    data_dir: Path
    roots: Iterable[Path] = ()
    ours: Iterable[Path] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roots", tuple(map(_real, self.roots)))

    def judged(self, file: HostFile) -> tuple[str, str]:
        """Where the file's path leads, links followed, and why a flow may not have it; empty when it may. Blocking."""
        if fault := name_fault(file.path):
            return "", f"{file.path[:100]!r} can be no file: {fault}"
        own = data_folder.of_connections(self.data_dir)
        path = _real(own / file.path if file.own else Path(file.path))
        return str(path), self._refusal(file, path, own)

    def _refusal(self, file: HostFile, path: Path, own: Path) -> str:
        if file.own and _below(path, _real(own)):
            return _kind_fault(file, path)
        if any(_below(path, private) or _below(private, path) for private in map(_real, (self.data_dir, *self.ours))):
            return f"{file.path!r} is the engine's own, or holds what is"
        if any(_below(path, root) for root in self.roots):
            return _kind_fault(file, path)
        folder = path if file.folder or os.path.isdir(path) else path.parent
        return f"{file.path!r} is not below a folder that flows may use; --allow-files {folder} would allow it"


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _below(path: Path, root: Path) -> bool:
    return path == root or root in path.parents


def _kind_fault(file: HostFile, path: Path) -> str:
    """What is wrong with what lies there now: a file where a folder is meant, or the other way round."""
    # `os.path` takes what may not be looked at for missing: whoever opens it says so
    above = next((each for each in path.parents if os.path.exists(each)), path)
    if not os.path.isdir(above):
        return f"{file.path!r} lies below {str(above)!r}, which is no folder"
    if file.folder and os.path.exists(path) and not os.path.isdir(path):
        return f"{file.path!r} is no folder"
    if file.folder or not os.path.exists(path) or os.path.isfile(path):
        return ""
    return f"{file.path!r} is {'a folder' if os.path.isdir(path) else 'a pipe or a device, and no plain file'}"
