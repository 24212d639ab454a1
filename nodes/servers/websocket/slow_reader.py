"""What waits for a reader that is slower than its writer: bounded, by a named policy. Never a socket, never a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Block(NamedTuple):
    """Lines that were written together: joined once, whoever reads them. `keys` stand beside `lines`."""

    text: bytes
    lines: Sequence[bytes]
    keys: Sequence[str]


def block(lines: Sequence[bytes], keys: Sequence[str]) -> Block:
    """The block of these lines, each without its newline."""
    return Block(b"\n".join(lines), lines, keys)


class Backlog(Protocol):
    """What one reader has not taken yet."""

    def __bool__(self) -> bool:
        """Whether something waits."""

    def put(self, added: Block) -> int:
        """Keep a block; how many lines were given up for it."""

    def take(self, most_bytes: int) -> bytes:
        """The oldest lines, about as many bytes; at least one block. Raises IndexError when nothing waits."""


class DropOldest:
    """Keeps the newest blocks, at most so many lines and bytes; the newest block stays whatever its size."""

    def __init__(self, most_lines: int, most_bytes: int):
        self._limits = most_lines, most_bytes
        self._blocks: deque[Block] = deque()
        self._lines = self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def put(self, added: Block) -> int:
        """Keep a block; how many older lines were given up for it."""
        self._blocks.append(added)
        self._lines += len(added.lines)
        self._bytes += len(added.text)
        given_up = 0
        most_lines, most_bytes = self._limits
        while (self._lines > most_lines or self._bytes > most_bytes) and len(self._blocks) > 1:
            given_up += len(self._leave().lines)
        return given_up

    def take(self, most_bytes: int) -> bytes:
        """The oldest blocks joined, about as many bytes."""
        first = self._leave()
        if not self._blocks:
            return first.text
        texts, size = [first.text], len(first.text)
        while self._blocks and size + len(self._blocks[0].text) <= most_bytes:
            texts.append(self._leave().text)
            size += len(texts[-1])
        return b"\n".join(texts)

    def _leave(self) -> Block:
        left = self._blocks.popleft()
        self._lines -= len(left.lines)
        self._bytes -= len(left.text)
        return left


class LatestPerKey:
    """Keeps the newest line of each key, at most so many keys and bytes; beyond that the oldest keys go."""

    def __init__(self, most_lines: int, most_bytes: int):
        self._limits = most_lines, most_bytes
        self._first: Block | None = None
        self._latest: dict[str, bytes] = {}
        self._bytes = 0

    def __bool__(self) -> bool:
        return self._first is not None or bool(self._latest)

    def put(self, added: Block) -> int:
        """Keep a block; how many lines it replaced or pushed out."""
        if not self:
            self._first = added  # a reader that keeps up gets every line, and at no cost
            return 0
        if self._first is not None:
            pending, self._first = self._first, None
            return self._merge(pending) + self._merge(added)
        return self._merge(added)

    def take(self, most_bytes: int) -> bytes:
        """The oldest lines, about as many bytes."""
        if self._first is not None:
            text, self._first = self._first.text, None
            return text
        lines = [self._leave()]
        size = len(lines[0])
        while self._latest and size < most_bytes:
            lines.append(self._leave())
            size += len(lines[-1])
        return b"\n".join(lines)

    def _merge(self, added: Block) -> int:
        latest, given_up = self._latest, 0
        for key, line in zip(added.keys, added.lines, strict=True):
            old = latest.pop(key, None)
            if old is not None:
                self._bytes -= len(old)
                given_up += 1
            latest[key] = line
            self._bytes += len(line)
        most_lines, most_bytes = self._limits
        while len(latest) > 1 and (len(latest) > most_lines or self._bytes > most_bytes):
            self._leave()
            given_up += 1
        return given_up

    def _leave(self) -> bytes:
        key = next(iter(self._latest), None)
        if key is None:
            raise IndexError("nothing waits")
        line = self._latest.pop(key)
        self._bytes -= len(line)
        return line
