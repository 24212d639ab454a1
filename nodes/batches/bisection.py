"""Which rows of a refused batch are the bad ones, found by trying parts of it. Knows neither the rows nor the sink."""

from collections.abc import Generator, Sequence
from typing import TypeVar

Row = TypeVar("Row")


def bisect_bad(rows: Sequence[Row], reason: str) -> Generator[Sequence[Row], str | None, list[tuple[Row, str]]]:
    """Yields slices to write, in order; returns the bad rows, each with its reason, in order.

    `rows` was refused as a whole for `reason`. Answer each slice by `send(None)` when it was written or `send(reason)`
    when it was refused; the list is the StopIteration's value. Every other row was written once. For k bad rows
    among n it takes about 2 k log2(n) tries. A failure that may pass (no connection, 503) is not for `send`:
    repeat the same slice.

        search = bisect_bad(rows, reason)
        try:
            part = next(search)
            while True:
                part = search.send(await write(part))
        except StopIteration as end:
            bad = end.value
    """
    bad: list[tuple[Row, str]] = []
    todo: list[tuple[int, int, str | None]] = [(0, len(rows), reason)]
    while todo:
        start, end, refusal = todo.pop()
        if refusal is None:
            refusal = yield rows[start:end]
            if refusal is None:
                continue
        if end - start <= 1:
            bad += [(row, refusal) for row in rows[start:end]]
            continue
        middle = (start + end) // 2
        todo += [(middle, end, None), (start, middle, None)]  # the left half is tried first: rows keep their order
    return bad
