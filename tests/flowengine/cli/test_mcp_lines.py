"""A line that is too long is told, passed by in small pieces, and the next is read."""

from io import BytesIO

import pytest

from flowengine.cli.mcp_lines import PASSED_BY_BYTES, Lines

MOST = 10


class Given(BytesIO):
    """Remembers the most that was asked for at once, and read at once."""

    asked = held = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.asked, self.held = max(self.asked, size or 0), max(self.held, len(line))
        return line


@pytest.mark.parametrize(
    ("given", "read", "refused"),
    [
        (b"one\ntwo\n", ["one\n", "two\n"], 0),
        (b"one\ntwo", ["one\n", "two"], 0),
        (b"123456789\nnext\n", ["123456789\n", "next\n"], 0),
        (b"1234567890\nnext\n", ["next\n"], 1),
        (b"x" * 5 * PASSED_BY_BYTES + b"\nnext\n" + b"y" * 50 + b"\nlast\n", ["next\n", "last\n"], 2),
        (b"x" * 50, [], 1),
        (b"\xff\n", ["\N{REPLACEMENT CHARACTER}\n"], 0),
    ],
)
async def test_what_is_longer_is_refused_once_and_never_held(given: bytes, read: list[str], refused: int) -> None:
    stream, told = Given(given), list[int]()
    lines = Lines(stream, MOST)

    async def refuse() -> None:
        told.append(1)

    lines.refuse = refuse
    assert [line async for line in lines] == read
    assert len(told) == refused
    assert 0 < stream.asked <= PASSED_BY_BYTES and stream.held <= PASSED_BY_BYTES
