"""What every node may have beside its own options, as models for schemas and forms; `flow.node_options` reads it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from flowengine.config import Config, Duration, Policy, Size


class QueueOptions(Config):
    """Bounds of a queue in memory."""

    count: int = Field(default=10_000, ge=1)
    """At most so many messages wait."""

    bytes: Size = 64 * 2**20
    """At most about so much memory is taken."""

    when_full: Policy = "block"
    """What gives when it is full: whoever sends waits, or the oldest or newest message is dropped and counted."""


class DurableOptions(Config):
    """Bounds and pace of a spool on disk."""

    max: Size = 2**30
    """At most so much disk is taken."""

    when_full: Policy = "block"
    """What gives when it is full: whoever sends waits, or the oldest or newest message is dropped and counted."""

    live_first: bool = False
    """New messages go before a backlog; order per key holds only among those that wait."""

    rate: float = Field(default=0, ge=0)
    """At most so many messages a second leave; 0 for no limit."""

    slower: dict[str, Annotated[float, Field(ge=1)]] = Field(default_factory=dict)
    """While more messages than this wait, the rate is divided by that: `10000: 2`."""

    keep: Duration = 0
    """What waited longer is dropped and counted when its turn comes; 0 keeps everything."""


class DedupeOptions(Config):
    """What counts as a repetition."""

    key: str = "{id}"
    """What repetitions have in common, such as `{payload.id}`."""

    window: Duration = 600
    """A key is remembered so long."""


class EveryNode(Config):
    """Options of every node."""

    note: str | None = None
    """Remark for people."""

    disabled: bool = False
    """Keep the node in the file, but do not run it: what it gets is dropped and counted."""

    durable: bool | DurableOptions | None = None
    """A spool on disk before this node: what it holds is acknowledged and survives a crash."""

    queue: Annotated[int, Field(ge=1)] | QueueOptions | None = None
    """A bounded queue in memory before this node; a bare number is its count."""

    dedupe: DedupeOptions | None = None
    """Drop messages whose key was seen within the window."""

    guarantee: Annotated[str, WithJsonSchema({"enum": ["at_least_once"]})] | None = None
    """Refuse the flow unless every path through this node keeps this promise."""


def every_node_schema() -> dict[str, Any]:
    """Their JSON Schema, in the order of a form."""
    return EveryNode.model_json_schema(by_alias=True)
