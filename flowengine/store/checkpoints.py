"""Position, state and output of one node that keeps state, committed together; one file a node, replaced whole.

What stands here is what the node has made of everything before `position` of the spool before it. Blocking.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from flowengine.message import Message
from flowengine.packing import decoder, encode
from flowengine.store import data_folder, sealed

FORMAT = 1


class Checkpoint(msgspec.Struct, frozen=True):
    """One commit. `outputs` are what the node gave out by port and what is not known to be delivered, oldest first.

    `seen` holds the age in seconds of every key by which the node drops repetitions. `type` and `version` tell
    whether the state still fits the node.
    """

    type: str
    version: int
    position: int
    state: Any
    seen: dict[str, float]
    outputs: Sequence[tuple[str, Sequence[Message]]]
    format: int = FORMAT
    serials: Sequence[int] = msgspec.field(default_factory=list)
    """Of each output; they only grow, and an output keeps its own."""

    next_serial: int = 1


_decode = decoder(Checkpoint)


def read(data: bytes) -> Checkpoint:
    """What was encoded. Raises `msgspec.DecodeError`, `msgspec.ValidationError`, both ValueErrors."""
    found = _decode(data)
    if found.format != FORMAT:
        raise msgspec.DecodeError(f"format {found.format} is not {FORMAT}")
    return found


class CheckpointFile:
    """The `Checkpoints` of one node in its folder."""

    def __init__(self, folder: Path):
        self._path = folder / data_folder.CHECKPOINT

    def load(self) -> Checkpoint | None:
        """The last commit that is whole; None before the first. A damaged file is set aside and told.

        Then the commit before counts: what its state lacks are messages that are settled already.
        """
        return sealed.read(self._path, read)

    def commit(self, checkpoint: Checkpoint) -> None:
        """Replace the last one, for good once this returns. Raises `OSError`; the last one then stands."""
        sealed.write(self._path, encode(checkpoint))

    def forget(self) -> None:
        """There is no node any more whose state this is."""
        sealed.forget(self._path)
