"""A network of its own (a namespace), joined by a cable on which packets of chosen ports are dropped one way or both.

Needs root and iproute2 and iptables. What listens on this machine's loopback is reached there through `reachable`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Literal

HERE, THERE = "10.231.77.1", "10.231.77.2"
Way = Literal["out", "in", "both"]


def can_separate() -> bool:
    """Whether one can be made here."""
    return os.geteuid() == 0 and all(shutil.which(program) for program in ("ip", "iptables"))


class SeparateNetwork:
    """Made by `separate_network`; one at a time on a machine."""

    def __init__(self, name: str, stack: AsyncExitStack):
        self._name, self._stack = name, stack
        self.words = ["ip", "netns", "exec", name]
        """Before a command that is to run there."""

    async def reachable(self, port: int) -> int:
        """The port at `HERE` where what listens on this machine's loopback is reached from there."""
        server = await asyncio.start_server(lambda *ends: _forward(port, *ends), HERE, 0)
        self._stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])

    async def cut(self, ports: Collection[int], way: Way) -> None:
        """Drop what goes out to these ports, what comes in from them, or both, until `mend`."""
        for port in ports:
            if way != "in":
                await self._run("iptables", "-A", "OUTPUT", "-p", "tcp", "--dport", str(port), "-j", "DROP")
            if way != "out":
                await self._run("iptables", "-A", "INPUT", "-p", "tcp", "--sport", str(port), "-j", "DROP")

    async def mend(self) -> None:
        """Drop nothing."""
        await self._run("iptables", "-F")

    async def _run(self, *command: str) -> None:
        await asyncio.to_thread(_run, *self.words, *command)


@asynccontextmanager
async def separate_network() -> AsyncIterator[SeparateNetwork]:
    """One that is gone afterwards."""
    name = f"fe{uuid.uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        _run("ip", "netns", "add", name)
        stack.callback(_run, "ip", "netns", "del", name)
        _run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "addr", "add", f"{HERE}/30", "dev", name)
        _run("ip", "link", "set", name, "up")
        network = SeparateNetwork(name, stack)
        for command in (f"addr add {THERE}/30 dev eth0", "link set eth0 up", "link set lo up"):
            _run(*network.words, "ip", *command.split())
        yield network


async def _forward(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        ours, theirs = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copy(reader, theirs), _copy(ours, writer))
    writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
