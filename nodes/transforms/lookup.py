"""`lookup`: add what a table says about a device or sensor."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Transform
from flowengine.expression import TemplateText


class LookupConfig(Config):
    """Settings of `lookup`."""

    key: TemplateText
    """Which row: `{device}`, for example."""

    table: dict[str, dict[str, Any]]
    """Rows by key: `{c1: {room: hall 2, limit: 8}}`."""

    into: Literal["meta", "payload"] = "meta"
    """Where the row's fields go."""

    default: dict[str, Any] = Field(default={})
    """Fields for keys that have no row, and for fields that a row lacks."""

    missing: Literal["pass", "reject", "drop"] = "pass"
    """What becomes of messages whose key has no row: passed with the defaults, rejected or dropped (and counted)."""


class Lookup(Transform):
    """Enrich each message with the fields of its row."""

    config: LookupConfig
    category = "store"
    examples = (
        Example("Rooms of devices", "{key: '{payload.device}', into: payload, table: {c1: {room: hall 2}}}",
                given=[{"device": "c1"}, {"device": "c9"}],
                gives=[{"device": "c1", "room": "hall 2"}, {"device": "c9"}]),
    )  # fmt: skip

    def start(self) -> None:
        self._rows = {key: {**self.config.default, **row} for key, row in self.config.table.items()}

    def process(self, messages: Messages) -> Sequence[Message]:
        default = self.config.default if self.config.missing == "pass" else None
        out = []
        for message, key in zip(messages, self.config.key.each(messages), strict=True):
            row = self._rows.get(key, default)
            if row is not None:
                out.append(self._enriched(message, row))
            elif self.config.missing == "reject":
                raise Rejected("key has no row")
        return out

    def _enriched(self, m: Message, row: Mapping[str, Any]) -> Message:
        if self.config.into == "meta":
            return Message(m.payload, m.topic, m.time_ns, {**m.meta, **row}, m.arrived_ns, m.id)
        if not isinstance(m.payload, dict):
            raise Rejected("payload is not a map")
        return m.with_payload({**m.payload, **row})
