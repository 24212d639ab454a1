"""Tar and ar archives that are equal byte by byte for equal contents: sorted, one time, one owner."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path


def tar_gz(folder: Path, time_s: int, top: str = ".") -> bytes:
    """The folder's content below the name `top`, packed; links stay links, everything belongs to root."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=time_s, compresslevel=6) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for path in (folder, *sorted(folder.rglob("*"))):
            relative = path.relative_to(folder).as_posix()
            info = archive.gettarinfo(path, top if relative == "." else f"{top}/{relative}")
            info.uid = info.gid = 0
            info.uname = info.gname = "root"
            info.mtime = time_s
            info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
            if info.isreg():
                with path.open("rb") as file:
                    archive.addfile(info, file)
            else:
                archive.addfile(info)
    return packed.getvalue()


def ar(members: dict[str, bytes], time_s: int) -> bytes:
    """A Unix archive, as a Debian package is."""
    parts = [b"!<arch>\n"]
    for name, data in members.items():
        parts.append(f"{name:<16}{time_s:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode())
        parts.append(data + b"\n" * (len(data) % 2))
    return b"".join(parts)
