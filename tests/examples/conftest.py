"""An example as it is run: its own flow file in a process of its own. No test logic here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Started = Callable[..., EngineProcess]


class ExampleProcess(EngineProcess):
    """Is there once its far sides are there too, not as soon as its flows run."""

    async def start(self) -> None:
        """Start and wait."""
        await super().start()
        async with asyncio.timeout(30):
            while (await self.get("/readyz"))[0] != 200:  # noqa: ASYNC110 - a process cannot tell
                await asyncio.sleep(0.02)


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Started]:
    """Makes the process of an example; keywords are variables of its environment."""
    yield lambda name, **environment: ExampleProcess(
        tmp_path, (EXAMPLES / name / f"{name}.yaml").read_text(), environment=environment
    )


async def subscribed(broker: Mosquitto, filter_: str) -> None:
    """Return once the broker has the subscription, by its log: before, it drops what nobody asked for."""
    await until(lambda: broker.has(filter_))
