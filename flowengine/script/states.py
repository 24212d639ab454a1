"""What the scripts of one node keep between messages: a small map for each key, bounded in bytes and in keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from flowengine.counts import count_of
from flowengine.expression.values import kind

MOST_BYTES = 64 * 2**20
"""All states of one node together."""

NOTHING: Mapping[str, Any] = {}
State = Mapping[str, Any]


def _refused(value: Any) -> Any:
    raise ValueError(f"state cannot keep {kind(value)}")


_encode = msgspec.msgpack.Encoder(enc_hook=_refused).encode


class States:
    """States by key. Beyond the bounds the key whose state changed longest ago is forgotten, and counted."""

    def __init__(self, max_keys: int, max_bytes: int, most_bytes: int = MOST_BYTES) -> None:
        self.forgotten = 0
        self._max_keys, self._max_bytes, self._most_bytes = max_keys, max_bytes, most_bytes
        self._states: dict[str, State] = {}
        self._sizes: dict[str, int] = {}
        self._total = 0

    def __len__(self) -> int:
        return len(self._states)

    @property
    def size_bytes(self) -> int:
        """What all states take, written out."""
        return self._total

    def get(self, key: str) -> State:
        """The state of a key; empty when there is none."""
        return self._states.get(key, NOTHING)

    def put(self, key: str, state: State) -> None:
        """Keep a state. Raises ValueError, and keeps the one before, when it is too large or cannot be kept."""
        size = len(key) + self._size_of(state)
        self._drop(key)
        if state:
            self._states[key] = state
            self._sizes[key] = size
            self._total += size
        while len(self._states) > self._max_keys or self._total > self._most_bytes:
            self._drop(next(iter(self._states)))
            self.forgotten += 1

    def snapshot(self) -> dict[str, State]:
        """All states, the one that changed longest ago first."""
        return dict(self._states)

    def restore(self, states: Any) -> None:
        """Take over what `snapshot` gave, as far as the bounds allow. Raises ValueError for anything else."""
        if not isinstance(states, Mapping) or not all(isinstance(state, Mapping) for state in states.values()):
            raise ValueError("not the state of a script")
        for key, state in states.items():
            self.put(key, state)

    def _size_of(self, state: State) -> int:
        try:
            size = len(_encode(state))
        except (TypeError, OverflowError, RecursionError):
            raise ValueError("state keeps texts, lists, maps and whole numbers up to 64 bits only") from None
        if size > self._max_bytes:
            raise ValueError(f"state takes {count_of(size, 'byte')}, more than the {self._max_bytes} of `max_state`")
        return size

    def _drop(self, key: str) -> None:
        if self._states.pop(key, None) is not None:
            self._total -= self._sizes.pop(key)
