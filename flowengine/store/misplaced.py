"""What stands in a data folder where something else is meant: set aside before anybody opens it. Knows no contents.

A folder, a pipe, a socket or a ring of links in a file's place, a file in a folder's place. To open one would stop a
flow, and a pipe would hold whoever reads it for ever. Links to where nothing is are left: a disk may be mounted later.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from flowengine.store import data_folder
from flowengine.store.aside import is_aside, put_aside

log = logging.getLogger("flowengine.store")

FILE, FOLDER = "file", "folder"
FOLDERS = (data_folder.FLOWS, data_folder.CONNECTIONS, data_folder.LEASES, data_folder.SECRETS)
FILES = ("epoch", "format", data_folder.NODE_TYPES)
ENDINGS = (".db", ".db-wal", ".db-shm", ".journal")
OF_NODE = (data_folder.CHECKPOINT, data_folder.DEAD_LETTERS)
DATABASE = ".db"
"""In a name: who opens one waits by himself until he may."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_HALF = re.compile(r"\..*\.new")


def set_misplaced_aside(folder: Path) -> None:
    """Everything in the data folder is what is meant there, and ours to use; what was not is told. Blocking."""
    for path, meant in _meant_below(folder, ()):
        try:
            _put_right(path, meant)
        except OSError as fault:
            log.error("%s cannot be used and cannot be set aside: %s", path, fault.strerror)


def _meant_below(folder: Path, above: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """What is there and of the engine's own, each before what lies in it."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        meant = None if is_aside(name) else _meant((*above, name))
        if meant is not None:
            yield folder / name, meant
        if meant == FOLDER and (folder / name).is_dir():
            yield from _meant_below(folder / name, (*above, name))


def _meant(place: tuple[str, ...]) -> str | None:
    """What stands at that place below the data folder; None for what is not the engine's, or a node's own."""
    *above, name = place
    if _HALF.fullmatch(name):
        return FILE
    match above:
        case []:
            return FOLDER if name in FOLDERS else FILE if name in FILES or name.endswith(ENDINGS) else None
        case [data_folder.LEASES | data_folder.SECRETS]:
            return FILE
        case [data_folder.FLOWS] | [data_folder.FLOWS, _] if _NAME.fullmatch(name):
            return FOLDER
        case [data_folder.FLOWS, _]:
            return FILE if name.startswith(data_folder.STATE) else None
        case [data_folder.FLOWS, _, _]:
            return FOLDER if name == data_folder.SPOOL else FILE if name.startswith(OF_NODE) else None
        case [data_folder.FLOWS, _, _, data_folder.SPOOL]:
            return FOLDER if name == data_folder.QUARANTINE else FILE
    return None


def _put_right(path: Path, meant: str) -> None:
    try:
        found = path.stat()
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            put_aside(path, "its links lead in a ring")
        return
    if (stat.S_ISDIR if meant == FOLDER else stat.S_ISREG)(found.st_mode):
        _make_usable(path, found, meant)
    else:
        put_aside(path, f"a {meant} is meant there")


def _make_usable(path: Path, found: os.stat_result, meant: str) -> None:
    wanted = os.R_OK | os.W_OK | (os.X_OK if meant == FOLDER else 0)
    if os.access(path, wanted):
        return
    if found.st_uid == os.geteuid():
        path.chmod(0o700 if meant == FOLDER else 0o600)
        log.error("%s could not be read and written: its owner, who runs this, may again", path)
    elif meant == FILE and DATABASE not in path.name:
        put_aside(path, "it belongs to somebody else", "is used again when it is yours and has its name back")
