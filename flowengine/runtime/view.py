"""A running flow as everybody outside of it sees it: to read, never to change. The runtime's own classes fit these.

Editor, API, metrics, health and command line get `Engine.flows`, which is typed as this; what changes a flow goes
through the engine. Whatever is read here is right between two calls into the flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flowengine.catalog.every_node import QueueLimits, SpoolLimits
from flowengine.flow.model import Flow, NodeSpec
from flowengine.node import Connection
from flowengine.store.spool import Spool


class QueueView(Protocol):
    """What waits before a node."""

    @property
    def messages(self) -> int:
        """How many wait."""

    @property
    def size_bytes(self) -> int:
        """About how many bytes wait."""

    @property
    def fill(self) -> tuple[int, int]:
        """How much of its bound is taken, and the bound: messages in RAM, KiB on disk."""

    @property
    def full(self) -> bool:
        """Whether whoever put last should wait."""

    @property
    def limits(self) -> QueueLimits | SpoolLimits:
        """Its bounds, and what gives when they are reached."""

    @property
    def durable(self) -> bool:
        """Whether what waits survives the end of the process."""

    @property
    def spool(self) -> Spool | None:
        """What is behind a durable one."""


class WireView(Protocol):
    """From a port to a node."""

    @property
    def port(self) -> str:
        """Where it begins."""

    @property
    def target(self) -> NodeView:
        """Where it leads."""

    @property
    def count(self) -> int:
        """Messages that passed."""


class NodeCounts(Protocol):
    """What one node did. received = passed + errored + dropped + held."""

    @property
    def received(self) -> int:
        """Messages that it was given."""

    @property
    def passed(self) -> int:
        """Messages that it is done with."""

    @property
    def sent(self) -> int:
        """Messages that left by its ports."""

    @property
    def errored(self) -> int:
        """Messages that it rejected."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Messages dropped under a declared policy, by reason."""

    @property
    def counted(self) -> Mapping[str, int]:
        """What it counts itself, by name."""

    @property
    def errors(self) -> Mapping[str, int]:
        """Messages rejected, by reason."""

    @property
    def held(self) -> int:
        """Messages taken in and neither passed on, dropped nor rejected."""

    @property
    def balance(self) -> int:
        """Messages unaccounted for; anything but 0 is an engine fault."""

    @property
    def busy_s(self) -> float:
        """Time spent in its code."""


class NodeView(NodeCounts, Protocol):
    """One node."""

    @property
    def name(self) -> str:
        """Its id inside; `flow.places.public` says it as people do."""

    @property
    def spec(self) -> NodeSpec:
        """What the flow says of it."""

    @property
    def node(self) -> Any:
        """The node itself, by its own public interface; None where it does not run here."""

    @property
    def is_source(self) -> bool:
        """Whether it brings messages in; so it may where it does not run here."""

    @property
    def is_sink(self) -> bool:
        """Whether it takes messages out; so it may where it does not run here."""

    @property
    def wires(self) -> Mapping[str, tuple[WireView, ...]]:
        """What leads out, by port."""

    @property
    def inbox(self) -> QueueView | None:
        """What waits before it, where anything can."""

    @property
    def state(self) -> str:
        """`starting`, `running`, `retrying`, `failed`, `stopped`, `disabled` or `elsewhere`."""

    @property
    def reason(self) -> str:
        """Why it is in that state."""

    @property
    def last_error(self) -> str:
        """Why it rejected messages last, without values of theirs."""

    @property
    def held_up(self) -> str:
        """Of a source: what keeps it from going on; empty when nothing does."""

    @property
    def write_since_s(self) -> float | None:
        """Of a sink: when the write under way began."""


class OutletView(Protocol):
    """What a source sent and is not settled."""

    @property
    def unsettled(self) -> int:
        """How many messages."""

    def oldest_s(self, now_s: float) -> float:
        """Age of the oldest; 0 when all is settled."""


class FlowView(Protocol):
    """One flow. `stations` is another object after each deploy that changed it."""

    @property
    def flow(self) -> Flow:
        """What runs, as it was checked."""

    @property
    def stations(self) -> Mapping[str, NodeView]:
        """Its nodes by id."""

    @property
    def outlets(self) -> Mapping[str, OutletView]:
        """Of its sources, by id."""

    @property
    def connections(self) -> Mapping[str, Connection]:
        """Its open clients by name."""
