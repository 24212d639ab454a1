"""Beside a file that only people can bring back: an empty one that says it was there, so that its loss is told."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from flowengine.store.aside import LOST, put_aside
from flowengine.store.files import replace

log = logging.getLogger("flowengine.store")


class Marker:
    """`NAME.made` beside `NAME.*`. Blocking."""

    def __init__(self, of: Path):
        self._path = of.with_suffix(".made")

    def __bool__(self) -> bool:
        return os.path.lexists(self._path)  # whatever stands there, so that no damage is taken for a first start

    def make(self) -> None:
        """From now on the file is known. On a full disk it is not; the next try may have more luck."""
        with suppress(OSError):
            if not self:
                replace(self._path, [])

    def remove(self) -> None:
        """The file never was."""
        if self._path.is_dir():
            put_aside(self._path, "a file is meant there", "is of no use")
        self._path.unlink(missing_ok=True)


def tell_lost(path: Path, held: str) -> None:
    """Say once that a file is missing that was there, in the log and by an empty `NAME.lost`. Blocking."""
    marker = Marker(path)
    if path.exists() or not marker:
        return
    log.error("%s was there and is missing: %s; a backup may hold it", path, held)
    with suppress(OSError):  # a full disk; it is told again
        path.with_name(path.name + LOST).touch(0o600)
        marker.remove()
