"""What committing a window node's state with its position costs, by the number of keys. Usage: micro_commit.py [rounds]

A row is the best of its rounds: CPU of the snapshot, of its longest step (which nothing else in the loop can interrupt)
and of writing it, wall time until it is on disk, and its size.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flowengine import Message
from flowengine.store.checkpoints import Checkpoint, CheckpointFile
from flowengine.testing import make
from nodes.stateful.aggregate import Aggregate

KEYS = (10, 100, 1_000, 10_000)


def node_with(keys: int) -> Aggregate:
    """A node with one open window of ten values for each key."""
    node: Aggregate = make(Aggregate, "{every: 1m, key: '{device}', figures: [count, mean, min, max]}")
    for n in range(10):
        at_ns = 1_767_225_600_000_000_000 + n * 1_000_000_000
        node.process([Message({"value": n + 0.5}, "t", at_ns, {"device": f"d{k}"}, 1) for k in range(keys)], 0.0)
    return node


def measure(node: Any, file: CheckpointFile) -> tuple[float, float, float, float]:
    """Milliseconds: CPU of the snapshot, of its longest step, of the write; wall time of the write."""
    began = before = time.process_time()
    steps, state, longest = node.snapshot_in_steps(0.0), None, 0.0
    while state is None:
        try:
            next(steps)
        except StopIteration as end:
            state = end.value
        now = time.process_time()
        before, longest = now, max(longest, now - before)
    taken, began_s = time.process_time(), time.perf_counter()
    file.commit(Checkpoint("aggregate", 2, 10**6, state, {}, ()))
    return (
        (taken - began) * 1e3,
        longest * 1e3,
        (time.process_time() - taken) * 1e3,
        (time.perf_counter() - began_s) * 1e3,
    )


def main(rounds: int) -> None:
    """Print the table."""
    print("  keys  snapshot   a step     write  on disk after       size")
    for keys in KEYS:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            node, file = node_with(keys), CheckpointFile(Path(folder))
            best = [min(column) for column in zip(*[measure(node, file) for _ in range(rounds)], strict=True)]
            size = (Path(folder) / "checkpoint").stat().st_size
        cpu = "  ".join(f"{each:5.2f} ms" for each in best[:3])
        print(f"{keys:6}  {cpu}  {best[3]:8.2f} ms  {size / 1024:7.1f} KiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
