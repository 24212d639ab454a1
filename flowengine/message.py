"""The unit of data that travels along wires. Nothing here knows nodes, flows or time."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from flowengine.packing import decoder, encode

NO_META: Mapping[str, Any] = MappingProxyType({})


class Message(msgspec.Struct, frozen=True, gc=False, array_like=True, forbid_unknown_fields=True):
    """One reading or event. A node never changes a message or its payload; it makes a new one.

    `time_ns` is when the value was measured (the message's own time), `arrived_ns` when this
    engine received it; both are nanoseconds since the Unix epoch (UTC), 0 when unknown. They are
    equal where nobody says when it was measured, and only there. `meta`
    holds what came beside the payload (topic captures, QoS, retain); messages share it, so it is
    read-only. `id` is unique over restarts of this machine and survives spools and retries.
    """

    payload: Any = None
    topic: str = ""
    time_ns: int = 0
    meta: Mapping[str, Any] = NO_META
    arrived_ns: int = 0
    id: int = 0

    @property
    def has_own_time(self) -> bool:
        """Whether its time was given with it, by the device or a node; else it is that of its arrival."""
        return self.time_ns not in (self.arrived_ns, 0)

    def with_time(self, time_ns: int) -> "Message":
        """The same message with a time of its own."""
        arrived_ns = beside(time_ns, self.arrived_ns)
        return Message(self.payload, self.topic, time_ns, self.meta, arrived_ns, self.id)

    def with_payload(self, payload: Any) -> "Message":
        """The same message with another payload."""
        return Message(payload, self.topic, self.time_ns, self.meta, self.arrived_ns, self.id)

    def with_meta(self, **added: Any) -> "Message":
        """The same message with more entries in `meta`."""
        return Message(self.payload, self.topic, self.time_ns, {**self.meta, **added}, self.arrived_ns, self.id)

    def replace(self, **changes: Any) -> "Message":
        """The same message with other fields."""
        return msgspec.structs.replace(self, **changes)


Messages = Sequence[Message]


def beside(time_ns: int, arrived_ns: int) -> int:
    """The time of arrival beside a time that was given: where both are the same to the nanosecond, one later."""
    return arrived_ns + 1 if time_ns == arrived_ns else arrived_ns


_SIX_FIELDS = b"\x96"
"""How the MessagePack of a message begins."""


_decode = decoder(Message)


def pack(message: Message) -> bytes:
    """The message as MessagePack, for spools and dead letters: whatever a decoder gave comes back as it was."""
    return encode(message)


def unpack(record: bytes) -> Message:
    """The message that `pack` wrote. Raises `msgspec.DecodeError` for anything else."""
    if record[:1] != _SIX_FIELDS:
        raise msgspec.DecodeError("no message: not six fields")
    return _decode(record)
