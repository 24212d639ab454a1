"""A serial port without hardware: a pseudo terminal behind a link of a fixed name. Never here: what goes over it."""

import contextlib
import os
import select
import tty
from pathlib import Path

READ_BYTES = 65536


class PtyPort:
    """The gateway's end of a pseudo terminal; the host opens `link`.

    The far end is not held open here, so that it is known whether a host has it. Raises FileExistsError where `link`
    is something else than a link.
    """

    def __init__(self, link: Path):
        self.link = link
        self._end: int | None = None
        self._poll = select.poll()
        self.plug_in()

    @property
    def is_open(self) -> bool:
        """Whether a host holds the port open."""
        return self._end is not None and not self._events(0) & select.POLLHUP

    def write(self, data: bytes) -> int:
        """How many of the bytes were taken; a terminal that nobody reads takes a few thousand, then none."""
        if self._end is None or not self.is_open:
            return 0
        try:
            return os.write(self._end, data)
        except OSError:  # full, or the host closed it between the look and the write
            return 0

    def read(self) -> bytes:
        """What the host has written since; empty when nothing."""
        if self._end is None or not self._events(select.POLLIN) & select.POLLIN:
            return b""
        try:
            return os.read(self._end, READ_BYTES)
        except OSError:  # the host closed it between the look and the read
            return b""

    def plug_in(self) -> None:
        """The device appears; its number may differ from last time, the link leads to it."""
        if self._end is not None:
            return
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        name = os.ttyname(theirs)
        os.close(theirs)
        self._end = ours
        self._poll.register(ours, select.POLLIN)
        self._point_to(name)

    def unplug(self) -> None:
        """The device is gone; a host that has it open reads an error or the end."""
        if self._end is None:
            return
        self._poll.unregister(self._end)
        os.close(self._end)
        self._end = None
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()

    def _events(self, mask: int) -> int:
        assert self._end is not None
        self._poll.modify(self._end, mask)
        return sum(event for _, event in self._poll.poll(0))

    def _point_to(self, device: str) -> None:
        if self.link.is_symlink():
            self.link.unlink()
        self.link.symlink_to(device)
