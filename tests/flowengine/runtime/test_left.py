"""A stop tells what is safe on disk from what is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.flowengine.runtime.conftest import Bench


@pytest.mark.parametrize(
    ("nodes", "held", "spooled"),
    [
        ("  in: {type: count, n: 5, to: out}\n  out: {type: collect, fails: 99}", {"out": 5}, {}),
        ("  in: {type: count, n: 5, to: out}\n  out: {type: collect, fails: 99, durable: true}", {}, {"out": 5}),
        (
            "  in: {type: count, n: 5, to: keep}\n  keep: {type: buffer, every: 100ms, durable: true, to: mid}\n"
            "  mid: {type: step, to: out}\n  out: {type: collect, fails: 99}",
            {},
            {"out": 5},
        ),
        (
            "  in: {type: count, n: 5, to: keep}\n  keep: {type: buffer, every: 100ms, durable: true, to: out}\n"
            "  also: {type: count, n: 1, to: out}\n  out: {type: collect, fails: 99}",
            {"out": 6},
            {},
        ),
    ],
    ids=["without a spool", "behind its own", "behind one further up", "partly behind one"],
)
async def test_what_a_spool_brings_again_is_kept_on_disk(
    tmp_path: Path, nodes: str, held: dict[str, int], spooled: dict[str, int]
) -> None:
    bench = Bench(tmp_path)
    await bench.deploy(f"flow: f\nnodes:\n{nodes}")
    async with asyncio.timeout(60):
        while bench.station("out").held < sum((*held.values(), *spooled.values())):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    left = await bench.engine.remove("f", 0.1)
    assert (left.held, left.spooled) == (held, spooled)
    await bench.engine.stop(0)
