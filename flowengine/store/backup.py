"""A consistent copy of a data folder while an engine works in it, in one file; and the folder made of that file again.

Nothing that was acknowledged is missing from a copy, whichever moment it shows: the position of every spool and node is
read before any record is, so that a message that moves on meanwhile is found where it was, where it is, or in both.
Blocking; asks no engine.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from flowengine.store import data_folder, sealed
from flowengine.store.aside import is_aside
from flowengine.store.data_format import NotOurData, format_of
from flowengine.store.files import private
from flowengine.store.spool.cursor import NAME as CURSOR
from flowengine.store.spool.cursor import read_mark
from flowengine.store.spool.disk import Disk
from flowengine.store.spool.segment import named

LIST = "flowengine-backup.json"
SQLITE = b"SQLite format 3\0"
NOT_COPIED = (data_folder.LEASES, data_folder.SECRETS)
"""Folders of the data folder: who works here is true for no copy; secrets do not travel with data."""

NOT_FILES = (data_folder.LOCK, data_folder.CONTROL, data_folder.NODE_TYPES)
BESIDE_DATABASES = ("-wal", "-shm", "-journal")
TRIES = 50
TRY_AGAIN_S = 0.02
PIECE_BYTES = 2**20
MOST_LIST_BYTES = 256 * 2**20


class NoBackup(Exception):
    """The copy cannot be made or used; the text says why."""


class _Listed(msgspec.Struct):
    """What the archive's own list says: when it was made, and the digest of each file."""

    made_s: int
    files: dict[str, str]


class _Moved(Exception):
    """A spool let go of records that its position still asks for: another moment must be taken."""


def back_up(data: Path, file: Path) -> int:
    """How many files were copied into `file` (mode 600), which appears whole or not at all. Raises `NoBackup`."""
    if not data.is_dir():
        raise NoBackup(f"there is no data folder {data}")
    half = file.with_name(f".{file.name}.part")
    try:
        half.unlink(missing_ok=True)
        with ExitStack() as open_files, open(half, "xb", opener=private) as out:
            spools = _spools(data, open_files)
            count = _write(data, spools, out, file.parent)
            out.flush()
            os.fsync(out.fileno())
        half.rename(file)
    except (OSError, sqlite3.Error) as fault:
        raise NoBackup(f"cannot copy {data} to {file}: {fault}") from fault
    finally:
        with suppress(OSError):
            half.unlink()
    return count


def restore(file: Path, data: Path) -> int:
    """How many files `data`, which is new or empty, holds now. Raises `NoBackup`, and then leaves nothing there."""
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise NoBackup(f"{data} is not empty; move it away first")
    half = data.with_name(f".{data.name}.restoring")
    try:
        Disk().make_folder(half.parent)
    except OSError as fault:
        raise NoBackup(f"cannot make {data}: {fault.strerror}") from fault
    try:
        with tempfile.TemporaryDirectory(dir=half.parent, prefix=half.name) as folder:
            count = _unpack(file, Path(folder))
            format_of(Path(folder))
            if data.exists():
                data.rmdir()
            os.rename(folder, data)
            os.mkdir(folder)  # for the context, which removes it
    except (OSError, tarfile.TarError, EOFError, ValueError, RecursionError, zlib.error) as fault:
        raise NoBackup(f"{file} is no whole backup: {fault}") from fault
    except NotOurData as fault:
        raise NoBackup(str(fault)) from fault
    return count


def _spools(data: Path, open_files: ExitStack) -> dict[str, bytes | IO[bytes]]:
    """Positions and records of every spool, and what nodes committed, of one moment."""
    for _ in range(TRIES):
        with ExitStack() as these:
            try:
                found = _one_moment(data, these)
            except (_Moved, FileNotFoundError):
                time.sleep(TRY_AGAIN_S)
                continue
            open_files.push(these.pop_all())
            return found
    raise NoBackup("its spools move faster than they can be copied; try again")


def _one_moment(data: Path, open_files: ExitStack) -> dict[str, bytes | IO[bytes]]:
    folders = data_folder.spools(data)
    found: dict[str, bytes | IO[bytes]] = {}
    cursors = {folder: (folder / CURSOR).read_bytes() for folder in folders if (folder / CURSOR).is_file()}
    for path in filter(Path.is_file, data_folder.checkpoints(data)):
        if path in (path.with_name(data_folder.CHECKPOINT), sealed.before(path.with_name(data_folder.CHECKPOINT))):
            found[_name(data, path)] = path.read_bytes()
    for folder, cursor in cursors.items():
        found[_name(data, folder / CURSOR)] = cursor
        names = [name for name in sorted(os.listdir(folder)) if named(name) and (folder / name).is_file()]
        for name in names:
            found[_name(data, folder / name)] = open_files.enter_context((folder / name).open("rb"))
        first = min((segment.first for name in names if (segment := named(name))), default=None)
        position, end = read_mark(cursor)
        # Without a position yet, all that the spool has is still to be delivered.
        if position is not None and position < (first if first is not None else end):
            raise _Moved
    return found


def _write(data: Path, spools: dict[str, bytes | IO[bytes]], out: IO[bytes], room: Path) -> int:
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:

        def add(name: str, content: IO[bytes], size_bytes: int) -> None:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = size_bytes, 0o600, int(time.time())
            hashing = _Hashing(content, size_bytes)
            archive.addfile(member, hashing)
            digests[name] = hashing.hexdigest()

        for name, content in spools.items():
            if isinstance(content, bytes):
                add(name, io.BytesIO(content), len(content))
            else:
                add(name, content, os.fstat(content.fileno()).st_size)
        for path in _others(data, set(spools)):
            with _copied(path, room) as copy:
                add(_name(data, path), copy, os.fstat(copy.fileno()).st_size)
        listed = msgspec.json.format(msgspec.json.encode(_Listed(int(time.time()), digests)), indent=1)
        add(LIST, io.BytesIO(listed), len(listed))
    return len(digests) - 1


def _others(data: Path, there: set[str]) -> Iterator[Path]:
    """Everything else that is worth copying."""
    for place, folders, files in os.walk(data):
        left_out = {data_folder.QUARANTINE, data_folder.SPOOL, *(NOT_COPIED if Path(place) == data else ())}
        folders[:] = sorted(name for name in set(folders) - left_out if not is_aside(name))
        for name in sorted(files):
            path = Path(place, name)
            is_ours = name not in NOT_FILES and not name.startswith(".") and not is_aside(name)
            if not is_ours or name.endswith(BESIDE_DATABASES) or _name(data, path) in there:
                continue
            if path.is_symlink():
                raise NoBackup(f"{path} is a link; a copy follows none: put the file there")
            if path.is_file():
                yield path


def _copied(path: Path, room: Path) -> IO[bytes]:
    """What stands in the file now, in one that goes when it is closed; of a database its last commit."""
    copy = tempfile.NamedTemporaryFile(dir=room, prefix=".backup-")  # noqa: SIM115 -- the caller closes it
    with open(path, "rb", opener=_no_link) as source:
        if source.read(len(SQLITE)) == SQLITE:
            with (
                closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as from_,
                closing(sqlite3.connect(copy.name)) as to,
            ):
                from_.backup(to)
        else:
            source.seek(0)
            while piece := source.read(PIECE_BYTES):
                copy.write(piece)
    copy.flush()
    copy.seek(0)
    return copy


def _unpack(file: Path, folder: Path) -> int:
    found: dict[str, str] = {}
    listed = None
    with tarfile.open(file, "r:gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or path.is_absolute() or ".." in path.parts:
                raise ValueError(f"it holds {member.name!r}")
            if member.name == LIST:
                if member.size > MOST_LIST_BYTES:
                    raise ValueError("its list is too long")
                listed = msgspec.json.decode(content.read(), type=_Listed).files
                continue
            target = folder / path
            Disk().make_folder(target.parent)
            hashing = _Hashing(content, member.size)
            with open(target, "xb", opener=private) as out:
                while piece := hashing.read(PIECE_BYTES):
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            found[member.name] = hashing.hexdigest()
    if listed != found:
        raise ValueError("its files are not those that its list names")
    return len(found)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)


def _name(data: Path, path: Path) -> str:
    return path.relative_to(data).as_posix()


class _Hashing(io.RawIOBase):
    """Reads at most so many bytes, and zeros where the file has become shorter; knows the digest of what was read."""

    def __init__(self, content: IO[bytes], size_bytes: int):
        self._content, self._left = content, size_bytes
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._content.read(wanted)
        piece += bytes(wanted - len(piece))
        self._left -= wanted
        self._digest.update(piece)
        return piece

    def hexdigest(self) -> str:
        """Of all that was read."""
        return self._digest.hexdigest()
