"""What every node may have beside its own options: the one model that parser, schema, forms and pages read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from flowengine.config import Config, Duration, Policy, Size
from flowengine.expression import TemplateText

Ids = str | list[str] | None
"""One node, or several."""


FileBeside = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"\.(csv|yaml|yml)$"})]
"""A file beside the flow."""


class QueueLimits(Config):
    """Bounds of a queue in memory: both limits hold, `when_full` says what gives."""

    count: int = Field(default=10_000, ge=1)
    """At most so many messages wait."""

    max_bytes: Size = Field(default=64 * 2**20, alias="bytes")
    """At most about so much memory is taken."""

    when_full: Policy = "block"
    """What gives when it is full: whoever sends waits, or the oldest or newest message is dropped and counted."""


class SpoolLimits(Config):
    """Bounds and pace of a spool on disk."""

    max_bytes: Size = Field(default=2**30, alias="max")
    """At most so much disk is taken."""

    when_full: Policy = "block"
    """What gives when it is full: whoever sends waits, or the oldest or newest message is dropped and counted."""

    live_first: bool = False
    """New messages go before a backlog; order per key holds only among those that wait."""

    rate: float = Field(default=0, ge=0)
    """At most so many messages a second leave; 0 for no limit."""

    slower: dict[Annotated[int, Field(ge=0)], Annotated[float, Field(ge=1)]] = Field(default_factory=dict)
    """While more messages than this wait, the rate is divided by that: `10000: 2`."""

    keep_s: Duration = Field(default=0, alias="keep")
    """What waited longer is dropped and counted when its turn comes; 0 keeps everything."""

    key: TemplateText | None = None
    """In a cluster what has the same key comes to the same worker, in order, such as `{device}`."""

    partitions: int = Field(default=1, ge=1, le=256)
    """In a cluster so many workers at most share what stands behind it, by `key`."""


class DedupeRule(Config):
    """What counts as a repetition."""

    key: TemplateText
    """What repetitions have in common, such as `{serial}`."""

    window_s: Duration = Field(default=600, alias="window")
    """A key is remembered so long."""


class EveryNode(Config):
    """Options of every node."""

    type: str | None = None
    """What this node is; see `flowengine nodes`."""

    title: str | None = None
    """Name for people."""

    to: Ids | dict[str, Ids] = None
    """Where messages go: a node, a list of nodes, or a map from port to those."""

    on_error: Ids = None
    """Where messages go that this node rejects."""

    note: str | None = None
    """Remark for people."""

    area: str | None = None
    """Name of the frame that the drawing puts around this node and others of the same area."""

    disabled: bool = False
    """Keep the node in the file, but do not run it: what it gets is dropped and counted."""

    was: str | None = None
    """Former name of this node: its state, its spool, its files and its alarms go on under the new one."""

    durable: bool | SpoolLimits | None = None
    """A spool on disk before this node: what it holds is acknowledged and survives a crash."""

    place: str | None = None
    """In a cluster only workers with this `--place` run it: for what is bound to a spot, such as a serial port."""

    queue: Annotated[int, Field(ge=1)] | QueueLimits | None = None
    """A bounded queue in memory before this node; a bare number is its count."""

    dedupe: DedupeRule | None = None
    """Drop messages whose key was seen within the window."""

    for_each: dict[str, Any] | list[str | int] | FileBeside | None = None
    """Make one node for each of these, called `node/NAME`: a map from names to values, a list of names, or a CSV or
    YAML file beside the flow. `${each}` is its name, `${…}` its values; those of a subflow are its options."""

    guarantee: Annotated[Literal["at_least_once"], WithJsonSchema({"enum": ["at_least_once"]})] | None = None
    """Refuse the flow unless every path through this node keeps this promise."""

    @property
    def spool(self) -> SpoolLimits | None:
        """The spool before the node; `true` takes the defaults."""
        return (SpoolLimits() if self.durable else None) if isinstance(self.durable, bool) else self.durable

    @property
    def bounds(self) -> QueueLimits | None:
        """The queue before the node; a bare number is its count."""
        return QueueLimits(count=self.queue) if isinstance(self.queue, int) else self.queue


OPTIONS = tuple(EveryNode.model_fields)
"""Names of what every node may have; the rest belongs to its type."""

APART = ("type", "title", "to", "on_error")
"""Those that a drawing shows and a form does not ask for."""


def every_node_schema(apart: bool = True) -> dict[str, Any]:
    """Their JSON Schema, in the order of a form; without `apart` only what a form asks for."""
    schema = EveryNode.model_json_schema(by_alias=True)
    if not apart:
        schema["properties"] = {name: field for name, field in schema["properties"].items() if name not in APART}
    return schema
