"""What a node sees of the engine, and nothing more."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from flowengine.alarms import Alarms
from flowengine.clock import Clock
from flowengine.connections import Connection
from flowengine.message import Messages
from flowengine.store.rtdb import Rtdb

C = TypeVar("C", bound=Connection)


class Handler(Protocol):
    """Answers one HTTP or WebSocket request (an `aiohttp.web.Request`) with an aiohttp response."""

    def __call__(self, request: Any) -> Awaitable[Any]: ...


class HttpDoor(Protocol):
    """The engine's one HTTP server, as nodes see it."""

    def add(
        self, method: str, path: str, handler: Handler, about: Mapping[str, Any] | None = None
    ) -> Callable[[], None]:
        """Serve `path` (`{name}` takes a segment, `{name*}` the rest) until the returned function is called.

        `about` is an OpenAPI operation object, which `/api/openapi.json` shows; without it the path is not shown.

        What was captured is in the request's `match_info`. Method `*` is any.
        Raises `ValueError` when another node already serves this method and path.
        """


class Waiting(Protocol):
    """What waits before a node of the same flow, or in it."""

    @property
    def messages(self) -> int:
        """How many."""

    @property
    def size_bytes(self) -> int:
        """About how many bytes."""

    def purge(self) -> int:
        """Drop what waits and is not on its way, counted; how many messages."""


class Context(Protocol):
    """A node's view of the engine."""

    flow: str
    node: str

    @property
    def clock(self) -> Clock:
        """Time, as everything in this engine sees it."""

    @property
    def log(self) -> logging.LoggerAdapter[Any]:
        """The node's log; each line carries flow and node."""

    random: random.Random
    rtdb: Rtdb
    alarms: Alarms

    @property
    def http(self) -> HttpDoor:
        """The engine's HTTP server."""

    next_id: Callable[[], int]
    """Gives a message id. The engine fills ids in where a source leaves them 0."""

    def arrivals(self, count: int) -> Iterable[int]:
        """Arrival times for messages that came together, in nanoseconds: at least a microsecond apart.

        The engine fills them in where a source leaves them 0.
        """

    programs: Mapping[str, Path]
    """Programs that the machine's operator allows flows to run, by name."""

    python: Path | None
    """Folder of Python files that the machine's owner allows flows to run."""

    data_dir: Path
    """Where this flow may keep files; created on first use by whoever writes."""

    def connection(self, name: str, kind: type[C]) -> C:
        """The open shared client of that name. Raises `KeyError` for an unknown one, TypeError for another kind."""

    def count(self, reason: str, n: int = 1) -> None:
        """Count something worth a metric, such as bad frames by reason."""

    def drop(self, reason: str, n: int = 1) -> None:
        """Count messages that this node dropped under a declared policy."""

    def reject(self, messages: Messages, reason: str, ack: Callable[[], None] | None = None) -> None:
        """Send messages to this node's error port; counted by `reason`. `ack` as with `emit`."""

    def emit(self, messages: Messages, port: str = "out", ack: Callable[[], None] | None = None) -> None:
        """Send messages on that a sink had kept by itself, outside `write`.

        `ack` runs once, when all that came of them is settled. Nothing waits here: the node bounds what it keeps.
        """

    def answer_later(self, id: int) -> None:
        """Whoever gave the message of this id and waits for a word has it by `answered` only."""

    def answered(self, id: int, refused: str = "") -> None:
        """It was carried out, or why not; nothing where nobody waits."""

    def waiting(self, node: str) -> Waiting | None:
        """What that node keeps, or else the queue or spool before it; None where there is none."""

    def wake(self) -> None:
        """Ask for `wake_at_s` again: something outside the flow changed it."""
