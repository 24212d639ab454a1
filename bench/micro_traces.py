"""CPU microseconds per message through a source, five filters and a sink: not traced, 1 % traced, all traced.

Usage: micro_traces.py [rounds]. The variants run interleaved, round by round; a figure is the best of its rounds. A
traced batch is counted with the conversion to OpenTelemetry's spans, not with their sending, which has its own thread.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flowengine import Message
from flowengine.engine import Engine, Settings

MESSAGES = 4000
FILTERS = "".join(
    f"  f{n}: {{type: filter, where: payload >= 0, to: {f'f{n + 1}' if n < 4 else 'sink'}}}\n" for n in range(5)
)
FLOW = f"""flow: f
nodes:
  source: {{type: inject, every: 1h, delay: 1h, payload: 1, to: f0}}
{FILTERS}  sink: {{type: log, level: debug}}
"""


def tracer(sample: float | None, clock: Any) -> Any:
    """A tracer as `flowengine run --traces` has it, without the thread that sends; None for none."""
    if sample is None:
        return None
    from opentelemetry.sdk.resources import Resource

    from flowengine.cli.traces import _converter
    from flowengine.runtime import tracing

    tracing.MOST_A_SECOND = 10**9  # the bound would hide what a span costs
    converted = _converter(Resource.create({}))
    return tracing.Tracer(sample, lambda span: converted(span), clock, random.Random(1))


async def outlet_of(folder: Path, sample: float | None) -> tuple[Engine, Any]:
    """A running flow's way in."""
    engine = Engine(Settings(folder))
    if sample is not None:
        engine.services.tracer = tracer(sample, engine.clock)
    await engine.start()
    await engine.deploy(engine.load(FLOW, "f.yaml"))
    return engine, engine.flows["f"].outlets["source"]


async def cpu_us(outlet: Any, batch: int) -> float:
    """CPU microseconds per message."""
    batches = [[Message(n) for n in range(batch)] for _ in range(MESSAGES // batch)]
    began = time.process_time_ns()
    for messages in batches:
        await outlet(messages)
    await outlet.settled()
    return (time.process_time_ns() - began) / 1000 / MESSAGES


async def main(rounds: int) -> None:
    """Print the table."""
    logging.disable()
    variants: dict[str, float | None] = {"off": None}
    if "--off" not in sys.argv:
        variants |= {"1 % traced": 0.01, "all traced": 1.0}
    with tempfile.TemporaryDirectory() as folder:
        made = {name: await outlet_of(Path(folder) / name, sample) for name, sample in variants.items()}
        best = {(name, batch): float("inf") for name in made for batch in (1, 10, 100)}
        for _ in range(rounds):
            for (name, batch), figure in best.items():
                best[name, batch] = min(figure, await cpu_us(made[name][1], batch))
        print(f"{'':12}" + "".join(f"{f'batch {batch}':>12}" for batch in (1, 10, 100)))
        for name in made:
            print(f"{name:12}" + "".join(f"{best[name, batch]:12.3f}" for batch in (1, 10, 100)))
        for engine, _ in made.values():
            await engine.stop(0)


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word.isdigit()]
    asyncio.run(main(int(given[0]) if given else 30))
