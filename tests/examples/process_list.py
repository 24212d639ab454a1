"""What anybody on the machine can read in the list of processes while something runs. Knows no example."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def process_list_watched() -> Iterator[set[str]]:
    """The command lines seen until now; it grows while this is entered."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.003):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue  # it has ended

    watcher = threading.Thread(target=look, name="process list")
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
