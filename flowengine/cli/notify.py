"""Tells systemd how its service is, as sd_notify(3) says: ready, alive, stopping. Silent where nobody asked."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping


class Notify:
    """The service of this process, as `NOTIFY_SOCKET` and `WATCHDOG_USEC` of its environment describe it."""

    def __init__(self, environment: Mapping[str, str]):
        place = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{place[1:]}" if place.startswith("@") else place
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        asked = environment.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(asked) / 1e6 if ours and asked.isascii() and asked.isdigit() else 0.0
        """How long systemd waits for a sign of life; 0 where it does not ask for any."""

    def ready(self, status: str) -> None:
        """Flows run. `status` is what `systemctl status` shows."""
        self._tell(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        """The service drains."""
        self._tell("STOPPING=1\nSTATUS=stopping: what is held is delivered")

    async def keep_alive(self) -> None:
        """Give signs of life as long as this loop turns, until cancelled; at once done where nobody asks for any."""
        while self.watchdog_s:
            self._tell("WATCHDOG=1")
            await asyncio.sleep(self.watchdog_s / 3)

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto(what.encode(), self._address)
        except OSError:  # systemd counts what it hears; a message that did not get through is followed by the next
            return
