"""One node alone: made from YAML, with a context that records what the node tells the engine."""

from __future__ import annotations

import itertools
import logging
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from flowengine.alarms import Alarms
from flowengine.context import Waiting
from flowengine.flow.document import Document
from flowengine.flow.rows import filled
from flowengine.message import Message, Messages
from flowengine.node import Connection, Handler, Node
from flowengine.runtime.arrivals import ArrivalTimes
from flowengine.store.rtdb import Rtdb
from flowengine.testing.clock import START_NS, ManualClock

C = TypeVar("C", bound=Connection)
N = TypeVar("N", bound=Node)


@dataclass
class Recorded:
    """What a node told the engine."""

    counted: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[Message, str]] = field(default_factory=list)
    emitted: list[tuple[str, Message]] = field(default_factory=list)
    """What a sink sent on by itself: port and message."""


class Routes:
    """Stands where the HTTP server stands; keeps handlers by method and path."""

    def __init__(self) -> None:
        self.handlers: dict[tuple[str, str], Handler] = {}

    def add(
        self, method: str, path: str, handler: Handler, about: Mapping[str, Any] | None = None
    ) -> Callable[[], None]:
        """Keep the handler until the returned function is called."""
        if (method, path) in self.handlers:
            raise ValueError(f"{method} {path} is served by another node already")
        self.handlers[method, path] = handler

        def remove() -> None:
            self.handlers.pop((method, path), None)

        return remove


class TestContext:
    """A `flowengine.node.Context` for one node under test."""

    __test__ = False

    def __init__(self, connections: Mapping[str, Connection] | None = None, data_dir: Path | None = None):
        self.flow, self.node = "test", "node"
        self.clock = ManualClock()
        self.log = logging.LoggerAdapter(logging.getLogger("flowengine.test"), {})
        self.random = random.Random(1)
        self.rtdb = Rtdb()
        self.alarms = Alarms()
        self.http = Routes()
        self.next_id: Callable[[], int] = itertools.count(1).__next__
        self.arrivals = ArrivalTimes(self.clock.time_ns).take
        self.programs: Mapping[str, Path] = {}
        self.python: Path | None = None
        self.data_dir = data_dir or Path(tempfile.gettempdir()) / "flowengine-test"
        self.recorded = Recorded()
        self.queues: dict[str, Waiting] = {}
        self._connections = dict(connections or {})

    def connection(self, name: str, kind: type[C]) -> C:
        """The connection under that name."""
        found = self._connections[name]
        assert isinstance(found, kind)
        return found

    def count(self, reason: str, n: int = 1) -> None:
        """Record a count."""
        self.recorded.counted[reason] += n

    def drop(self, reason: str, n: int = 1) -> None:
        """Record drops."""
        self.recorded.dropped[reason] += n

    def reject(self, messages: Messages, reason: str, ack: Callable[[], None] | None = None) -> None:
        """Record rejects; they are settled at once."""
        self.recorded.rejected += [(message, reason) for message in messages]
        if ack is not None:
            ack()

    def emit(self, messages: Messages, port: str = "out", ack: Callable[[], None] | None = None) -> None:
        """Record what left; it is settled at once."""
        self.recorded.emitted += [(port, message) for message in messages]
        if ack is not None:
            ack()

    def answer_later(self, id: int) -> None:
        """Nobody waits."""

    def answered(self, id: int, refused: str = "") -> None:
        """Nobody waits."""

    def waiting(self, node: str) -> Waiting | None:
        """What `queues` has under that name."""
        return self.queues.get(node)

    def wake(self) -> None:
        """Nothing to wake."""


def make(kind: type[N], config: str = "{}", context: TestContext | None = None) -> N:
    """A node of this kind, configured by YAML. Raises what the config's validation raises."""
    document = Document.parse(config, "config")
    assert not document.problems, document.problems
    options, _ = filled(kind.config_type(), document.data, None, (), _unfit)
    return kind(kind.config_type().model_validate(options), context or TestContext())


def _unfit(path: object, message: str, *_: object, **__: object) -> None:
    raise ValueError(message)


def messages(given: Iterable[Any], time_ns: int = START_NS) -> list[Message]:
    """Messages with these payloads; a `Message` stays, a map with only message fields becomes one."""
    return [_message(index, item, time_ns) for index, item in enumerate(given)]


def _message(index: int, item: Any, time_ns: int) -> Message:
    if isinstance(item, Message):
        return item
    fields = set(Message.__struct_fields__)
    if isinstance(item, dict) and "payload" in item and set(item) <= fields:
        return Message(**{"time_ns": time_ns, "arrived_ns": time_ns, "id": index + 1, **item})
    return Message(item, time_ns=time_ns, arrived_ns=time_ns, id=index + 1)


def payloads(out: Sequence[Message] | Mapping[str, Sequence[Message]]) -> Any:
    """The payloads of what a node gave out, by port where it has several."""
    if isinstance(out, Mapping):
        return {port: [m.payload for m in found] for port, found in out.items()}
    return [m.payload for m in out]
