"""What a node author implements: five kinds of node, and connections that nodes share.

A node is a class in a file of its own; the file's name is its type. The engine calls nodes; nodes
never call the engine except through their `Context` and, in a source, through `emit`.
"""

from __future__ import annotations

import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, get_type_hints

from flowengine.clock import Clock
from flowengine.config import Config
from flowengine.message import Message, Messages
from flowengine.store.rtdb import Rtdb

Ports = Mapping[str, Sequence[Message]]
C = TypeVar("C", bound="Connection")


class Example(NamedTuple):
    """A documented use of a node; where `given` is set, the tests run it.

    `config` is YAML. `given` and `gives` are payloads, or maps of message fields; `gives` is a
    map from port to such lists where the node has several ports.
    """

    title: str
    config: str = "{}"
    given: Sequence[Any] | None = None
    gives: Any = None


class Handler(Protocol):
    """Answers one HTTP or WebSocket request (an `aiohttp.web.Request`) with an aiohttp response."""

    def __call__(self, request: Any) -> Awaitable[Any]: ...


class HttpDoor(Protocol):
    """The engine's one HTTP server, as nodes see it."""

    def add(self, method: str, path: str, handler: Handler) -> Callable[[], None]:
        """Serve `path` (`{name}` takes a segment, `{name*}` the rest) until the returned function is called.

        What was captured is in the request's `match_info`. Method `*` is any.
        Raises `ValueError` when another node already serves this method and path.
        """


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

    @property
    def http(self) -> HttpDoor:
        """The engine's HTTP server."""

    next_id: Callable[[], int]
    """Gives a message id. The engine fills ids in where a source leaves them 0."""

    data_dir: Path
    """Where this flow may keep files; created on first use by whoever writes."""

    def connection(self, name: str, kind: type[C]) -> C:
        """The open shared client of that name. Raises `KeyError` for an unknown one, TypeError for another kind."""

    def count(self, reason: str, n: int = 1) -> None:
        """Count something worth a metric, such as bad frames by reason."""

    def drop(self, reason: str, n: int = 1) -> None:
        """Count messages that this node dropped under a declared policy."""

    def reject(self, messages: Messages, reason: str) -> None:
        """Send messages to this node's error port; counted by `reason`."""

    def wake(self) -> None:
        """Ask for `wake_at_s` again: something outside the flow changed it."""


class Node(ABC):
    """What all kinds share. `config` is annotated with the node's own `Config` class."""

    config: Config
    outputs: ClassVar[tuple[str, ...]] = ("out",)
    examples: ClassVar[tuple[Example, ...]] = ()
    runs_in_tests: ClassVar[bool] = False
    """Whether a source or sink needs nothing from outside, so that flow tests run it as it is."""

    state_version: ClassVar[int] = 1
    """Raise it when `snapshot` changes shape; an older state is then not restored."""

    def __init__(self, config: Config, context: Context):
        self.config = config
        self.context = context
        self.start()

    def start(self) -> None:  # noqa: B027 - most nodes have nothing to prepare
        """Prepare in-memory state. No I/O."""

    @classmethod
    def config_type(cls) -> type[Config]:
        """The class that checks this node's settings."""
        kind: type[Config] = get_type_hints(cls)["config"]
        return kind

    @classmethod
    def ports(cls, config: Config) -> tuple[str, ...]:
        """Names of the outputs, for nodes whose settings decide them."""
        return cls.outputs

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        """Faults that only show across fields, as (option, fault)."""
        return ()


class Transform(Node):
    """Pure: the same messages in, the same messages out. No I/O, no clock, no memory.

    An exception makes the engine call again message by message, so that only the bad one fails.
    """

    @abstractmethod
    def process(self, messages: Messages) -> Sequence[Message]: ...


class Router(Node):
    """Pure, like `Transform`, with several named output ports."""

    @abstractmethod
    def route(self, messages: Messages) -> Ports: ...


ALL = -1


class Emit(NamedTuple):
    """What a stateful node gives out.

    `messages` leave by `out`, or by the ports of a map. `finished` is how many of the oldest
    inputs the node is done with (their acknowledgement then follows these messages); `ALL` for
    everything it was given. What is not finished is held: a crash brings it again.
    `rejected` pairs messages with reasons; they leave by the error port. With `ahead` messages
    leave while older ones stay: they then share the acknowledgement of all that is still held.
    """

    messages: Sequence[Message] | Ports = ()
    finished: int = ALL
    rejected: Sequence[tuple[Message, str]] = ()
    ahead: bool = False


DONE = Emit()
HOLD = Emit(finished=0)


class Stateful(Node):
    """Remembers. Time is an argument (monotonic seconds), so tests never sleep."""

    durable_state: ClassVar[bool] = True
    """Whether `snapshot` is kept over restarts."""

    @abstractmethod
    def process(self, messages: Messages, now_s: float) -> Emit: ...

    def wake_at_s(self) -> float | None:
        """When to call `on_time` next, on the clock of `now_s`; None for never."""
        return None

    def on_time(self, now_s: float) -> Emit:
        """The time that `wake_at_s` asked for has come."""
        return HOLD

    def flush(self, now_s: float) -> Emit:
        """Input has ended: give out what is held."""
        return HOLD

    def snapshot(self, now_s: float) -> Any:
        """State as plain MessagePack values (None for none); held messages are not part of it."""
        return None

    def restore(self, state: Any, now_s: float) -> None:
        """Take over what `snapshot` of the same `state_version` gave. Raises ValueError if it cannot."""


class Outlet(Protocol):
    """How a source hands messages to its flow."""

    async def __call__(
        self,
        messages: Message | Messages,
        ack: Callable[[], None] | None = None,
        size_bytes: int = 0,
        port: str = "out",
        rejected: Sequence[tuple[Message, str]] = (),
    ) -> None:
        """Send messages on together; waits while the flow is full.

        `ack` runs once, when all that came of them is settled. `size_bytes` is what they took on
        the way in; it bounds memory. Ids and arrival times that are 0 are filled in.
        `rejected` pairs messages with reasons; they leave by the error port under the same ack.
        """


class Source(Node):
    """Brings messages in. `acknowledges` tells whether what is not settled comes again after a crash."""

    acknowledges: ClassVar[bool] = False

    @classmethod
    def repeats(cls, config: Config) -> bool:
        """Whether, with these settings, what is not acknowledged comes again."""
        return cls.acknowledges

    @abstractmethod
    async def run(self, emit: Outlet) -> None:
        """Emit until cancelled. Return: no more input. Raise `Unavailable`: run me again later."""

    def received(self, message: Message) -> Message:
        """The message as `run` would give it; flow tests send through here.

        A payload of bytes is what came from outside. Raises `ValueError` for what could not come this way.
        """
        return message


class Sink(Node):
    """Takes messages out, or asks the outside world and passes on the answers."""

    outputs: ClassVar[tuple[str, ...]] = ()
    merge: ClassVar[int] = 5000
    """At most this many waiting messages are written together."""

    @classmethod
    def confirms(cls, config: Config) -> bool:
        """Whether `write` returns only once the far side has taken the messages."""
        return True

    async def open(self) -> None:
        """Get ready. Raise `Unavailable` to be opened again later."""

    @abstractmethod
    async def write(self, messages: Messages) -> Sequence[Message] | Ports | None:
        """Return once delivered; what is returned leaves by the output ports.

        Raise `Unavailable` to be tried again with the same messages, `Rejected` to give some up.
        """

    async def close(self) -> None:
        """Let go of everything; called once after each `open`."""


class Connection(ABC):
    """A client that nodes share by name. The engine opens it before its nodes and closes it after them."""

    config: Config
    examples: ClassVar[tuple[Example, ...]] = ()

    def __init__(self, config: Config, name: str, log: logging.LoggerAdapter[Any], clock: Clock, data_dir: Path):
        self.config = config
        self.name = name
        self.log = log
        self.clock = clock
        self.data_dir = data_dir

    @classmethod
    def config_type(cls) -> type[Config]:
        """The class that checks this connection's settings."""
        kind: type[Config] = get_type_hints(cls)["config"]
        return kind

    @property
    @abstractmethod
    def up(self) -> bool:
        """Whether the far side answered last time."""

    @property
    def reconnects(self) -> int:
        """How often the far side was lost and found again."""
        return 0

    async def open(self) -> None:  # noqa: B027 - some clients connect on first use
        """Start; must not wait for the far side, which may be away for hours."""

    async def close(self) -> None:  # noqa: B027 - and have nothing to close
        """Stop; sends what can be sent within a few seconds."""
