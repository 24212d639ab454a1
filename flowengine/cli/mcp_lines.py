"""The lines of an assistant over standard input; one that is too long is answered and passed by, and never held whole.

Never here: what they say. The `mcp` package alone would take a line of any length.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import anyio
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import ErrorData, JSONRPCError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINE_BYTES = 16 * 2**20
"""What any tool takes has room: two flows of 1 MiB, each letter of them escaped."""

PASSED_BY_BYTES = 2**16
INVALID_REQUEST = -32600


class Lines:
    """Lines as the `mcp` package takes them; `refuse` is called for each that is longer."""

    def __init__(self, given: BinaryIO, most_bytes: int = MOST_LINE_BYTES):
        self._given, self._most_bytes = given, most_bytes
        self.refuse: Callable[[], Awaitable[object]] | None = None

    def __aiter__(self) -> Lines:
        return self

    async def __anext__(self) -> str:
        while line := await anyio.to_thread.run_sync(self._given.readline, self._most_bytes):
            if len(line) < self._most_bytes or line.endswith(b"\n"):
                return line.decode(errors="replace")
            del line
            await anyio.to_thread.run_sync(self._pass_by)
            if self.refuse is not None:
                await self.refuse()
        raise StopAsyncIteration

    def _pass_by(self) -> None:
        while (part := self._given.readline(PASSED_BY_BYTES)) and not part.endswith(b"\n"):
            pass


class BoundedServer(MCPServer[Any]):
    """A server that takes no line beyond `MOST_LINE_BYTES`, and goes on with the next."""

    async def run_stdio_async(self) -> None:
        """Serve until standard input ends."""
        with _own_input() as given:
            lines = Lines(given)
            async with stdio_server(stdin=cast("anyio.AsyncFile[str]", lines)) as (read, write):
                lines.refuse = lambda: write.send(SessionMessage(_too_long()))
                served = self._lowlevel_server
                await served.run(read, write, served.create_initialization_options())


@contextmanager
def _own_input() -> Iterator[BinaryIO]:
    """Standard input, from which nothing else in this process or its children reads meanwhile."""
    own, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        yield os.fdopen(own, "rb", closefd=False)  # a thread may still read from it when we go
    finally:
        os.dup2(own, 0)


def _too_long() -> JSONRPCError:
    said = f"a line longer than {MOST_LINE_BYTES >> 20} MiB was passed by"
    return JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=INVALID_REQUEST, message=said))
