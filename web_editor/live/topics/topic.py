"""What a live topic is: asked when its client can take more, it says what is new since it was asked last."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from flowengine.store.accounts import Role
from web_editor.auth.access import Caller
from web_editor.live.ticker import Ticker

FRAMES_PER_S = 10.0
Text = Annotated[str, Meta(max_length=1000)]
Part = tuple[str, bytes]
"""`snapshot` or `delta` with its data as JSON; `dropped` with a number; `ended` with the reason."""


class Filter(msgspec.Struct, forbid_unknown_fields=True):
    """What of a topic is wanted; a topic ignores the keys that are not its own."""

    flow: Text = ""
    node: Text = ""
    wire: Text = ""
    topic: Text = ""
    where: Text = ""
    search: Text = ""
    level: Text = ""
    keys: Annotated[list[Text], Meta(max_length=500)] | None = None


class Topic(ABC):
    """One subscription's view of a topic. Making one may raise `Fault`."""

    role: ClassVar[Role] = "viewer"
    every_s: ClassVar[float] = 0.0
    """Longest pace that makes sense, however fast the client wants it."""

    def __init__(self, ticker: Ticker, filter: Filter, max_rate: float | None, caller: Caller):
        self.ticker, self.services, self.editing = ticker, ticker.services, ticker.editing
        self.filter = filter
        self.max_rate = max_rate
        self.caller = caller
        self.start()

    def start(self) -> None:  # noqa: B027 - most topics have nothing to prepare
        """Prepare. Raises `Fault` for a filter that makes no sense."""

    @abstractmethod
    def news(self) -> Iterable[Part]:
        """The snapshot first, then what changed since; nothing when nothing did."""

    def close(self) -> None:  # noqa: B027 - and nothing to let go
        """The client is gone."""

    def encoded(self, value: Any) -> bytes:
        """As JSON, without secrets."""
        return self.services.encode(value)


class Subscription:
    """A topic at the pace that its client asked for."""

    def __init__(self, topic: Topic, max_rate: float | None):
        rate = FRAMES_PER_S if topic.role == "operator" or max_rate is None else min(max_rate, FRAMES_PER_S)
        self._every_s = max(1.0 / rate - 0.05, topic.every_s)
        self._due_s = 0.0
        self.topic = topic
        self.role = topic.role

    def due(self, now_s: float) -> Iterable[Part]:
        """What is new, or nothing before its time."""
        if now_s < self._due_s:
            return ()
        self._due_s = now_s + self._every_s
        return self.topic.news()

    def close(self) -> None:
        """The client is gone."""
        self.topic.close()
