"""What a node author implements: five kinds of node.

A node is a class in a file of its own; the file's name is its type. The engine calls nodes; nodes
never call the engine except through their `Context` and, in a source, through `emit`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

from flowengine.config import Config
from flowengine.connections import Connection, Example, config_of
from flowengine.context import Context, Handler, HttpDoor, Waiting
from flowengine.former_names import take_over
from flowengine.message import Message, Messages

__all__ = [
    "ALL", "DONE", "HOLD", "Category", "Connection", "Context", "Emit", "Example", "Handler", "HttpDoor", "Node",
    "Outlet", "Ports", "Router", "Sink", "Source", "Stateful", "Transform", "Waiting",
]  # fmt: skip

Ports = Mapping[str, Sequence[Message]]
Category = Literal["source", "transform", "logic", "store", "output", "tool"]


class Node(ABC):
    """What all kinds share. `config` is annotated with the node's own `Config` class."""

    config: Config
    outputs: ClassVar[tuple[str, ...]] = ("out",)
    examples: ClassVar[tuple[Example, ...]] = ()
    divides: ClassVar[bool] = False
    """Whether it makes several messages of one (by `parts_of`): the sources of its flow leave room between arrivals."""

    category: ClassVar[Category] = "transform"
    """Its group and colour in the editor."""

    points_option: ClassVar[str] = ""
    """The option whose template names the points of the real-time database that it writes, if it writes any."""

    passes_on: ClassVar[bool] = False
    """Whether what leaves it is what came, unchanged though perhaps less of it."""

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
        return config_of(cls)

    @classmethod
    def ports(cls, config: Config) -> tuple[str, ...]:
        """Names of the outputs, for nodes whose settings decide them."""
        return cls.outputs

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        """Whether what leaves it may have a time of its own, though what came to it has none."""
        return False

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        """Faults that only show across fields, as (option, fault)."""
        return ()

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        """What it needs and this machine lacks, as (option, fault), such as an extra; not asked of disabled nodes."""
        return ()


ALL = -1


class Emit(NamedTuple):
    """What a stateful node gives out, and a transform that rejects a part of a message.

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


DONE, HOLD = Emit(), Emit(finished=0)


class Transform(Node):
    """Pure: the same messages in, the same messages out. No I/O, no clock, no memory.

    An exception makes the engine call again message by message, so that only the bad one fails. Where only a part of
    a message is bad, an `Emit` gives out the rest and rejects that part.
    """

    @abstractmethod
    def process(self, messages: Messages) -> Sequence[Message] | Emit: ...


class Router(Node):
    """Pure, like `Transform`, with several named output ports."""

    @abstractmethod
    def route(self, messages: Messages) -> Ports: ...


class Stateful(Node):
    """Remembers. Time is an argument (monotonic seconds), so tests never sleep."""

    durable_state: ClassVar[bool] = True
    """Whether `snapshot` is kept over restarts."""

    absorbs: ClassVar[bool] = True
    """Whether messages end in the state that is kept, so that a kill can take the last of them with it."""

    holds: ClassVar[bool] = False
    """Whether messages wait in it, unacknowledged, for others or for a time."""

    def __init_subclass__(cls) -> None:
        take_over(cls)

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

    def make_room(self, now_s: float) -> Emit:
        """The source can send no more until something is settled: give out what waits only for company."""
        return HOLD

    def snapshot(self, now_s: float) -> Any:
        """State as plain MessagePack values (None for none); held messages are not part of it."""
        return None

    def snapshot_in_steps(self, now_s: float) -> Generator[None, None, Any]:
        """What `snapshot` gives, in steps of a millisecond or so: large state must not hold the loop.

        Nothing is given to the node between two steps.
        """
        yield from ()
        return self.snapshot(now_s)

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

    category: ClassVar[Category] = "source"
    acknowledges: ClassVar[bool] = False

    @property
    def fault(self) -> str:
        """What keeps it from hearing anything now, though it runs, in words; a shared connection tells its own."""
        return ""

    @classmethod
    def repeats(cls, config: Config) -> bool:
        """Whether, with these settings, what is not acknowledged comes again."""
        return cls.acknowledges

    @classmethod
    def captures(cls, config: Config) -> Sequence[str]:
        """The entries of meta that these settings name, such as `device` of `plant/{device}`; expressions know them."""
        return ()

    @abstractmethod
    async def run(self, emit: Outlet) -> None:
        """Emit until cancelled. Return: no more input. Raise `Unavailable`: run me again later."""

    def abandon(self) -> None:
        """The flow has stopped: what is not settled by now never will be, and should come again."""

    def received(self, message: Message) -> Message:
        """The message as `run` would give it; flow tests send through here.

        A payload of bytes is what came from outside. Raises `ValueError` for what could not come this way.
        """
        return message


class Sink(Node):
    """Takes messages out, or asks the outside world and passes on the answers."""

    category: ClassVar[Category] = "output"
    outputs: ClassVar[tuple[str, ...]] = ()
    merge: ClassVar[int] = 5000
    """At most this many waiting messages are written together."""

    @classmethod
    def confirms(cls, config: Config) -> bool:
        """Whether `write` returns only once the far side has taken the messages."""
        return True

    @classmethod
    def coarse(cls, config: Config) -> str:
        """The option by which messages of one instant replace each other, where that is longer than a microsecond."""
        return ""

    def sends(self, message: Message) -> Mapping[str, Any]:
        """What would go out for a message: `topic`, `body`, `line`, `row`, `url`, … as the node has them. No I/O.

        Flow tests compare it. Raises what `write` would reject the message for.
        """
        return {}

    @property
    def kept(self) -> Waiting | None:
        """What waits in the node itself; None for one that keeps nothing."""
        return None

    async def history(self, limit: int, point: str = "") -> Sequence[Mapping[str, Any]]:
        """The last things that it did, newest first, of one point or of all, where it keeps a journal of them."""
        return ()

    async def open(self) -> None:
        """Get ready. Raise `Unavailable` to be opened again later."""

    @abstractmethod
    async def write(self, messages: Messages) -> Sequence[Message] | Ports | None:
        """Return once delivered; what is returned leaves by the output ports.

        Raise `Unavailable` to be tried again with the same messages, `Rejected` to give some up.
        """

    async def close(self) -> None:
        """Let go of everything; called once after each `open`."""
