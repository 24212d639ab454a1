"""flowengine/deployer.py: what is announced of flow files. Deploys under load: tests/faults/test_deploys.py."""

from __future__ import annotations

from pathlib import Path

from flowengine.deployer import Deployer
from flowengine.engine import Engine, Settings

GOOD = "flow: f\nnodes: {in: {type: inject, every: 1h, to: out}, out: {type: log}}\n"


async def test_a_file_that_is_mended_to_what_runs_is_announced_as_such(tmp_path: Path) -> None:
    file, told = tmp_path / "f.yaml", list[str]()
    engine = Engine(Settings(tmp_path / "data"))
    folder = Deployer(engine, [file], told.append)

    async def announced(text: str) -> list[str]:
        told.clear()
        file.write_text(text)
        await folder.apply()
        return list(told)

    assert (await announced(GOOD))[0] == f"{file}: flow f"
    assert await announced(GOOD) == []
    assert (await announced(GOOD.replace("log", "lug")))[0] == f"{file}: not deployed"
    assert await announced(GOOD.replace("log", "lug")) == []
    assert await announced(GOOD) == [f"{file}: right again, and what runs"]
    assert await announced(GOOD) == []
    await engine.stop(1)
