"""An example as it is run: its own flow file in a process of its own. No test logic here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.engine_process import EngineProcess

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Started = Callable[..., EngineProcess]


class ExampleProcess(EngineProcess):
    """Is there once its flows run, not as soon as it answers."""

    async def start(self, ready: str = "/readyz") -> None:
        """Start and wait."""
        await super().start(ready)


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Started]:
    """Makes the process of an example; keywords are variables of its environment."""
    yield lambda name, **environment: ExampleProcess(
        tmp_path, (EXAMPLES / name / f"{name}.yaml").read_text(), environment=environment
    )
