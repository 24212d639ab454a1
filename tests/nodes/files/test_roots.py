"""Every node that takes a root: while its flow runs, a link takes the folder's place, and is not followed."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Sink, Unavailable
from flowengine.catalog import installed
from flowengine.flow.host_files import HostFiles
from flowengine.flow.load import load
from flowengine.testing import TestContext
from flowengine.testing.clock import ManualClock
from nodes.clients.sql import SqlAway
from nodes.connections.sql import Sql
from nodes.sources.file_in import FileIn
from tests.waiting import until


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """A folder `in` that flows may use, with a file, and `other`, which they may use, too, but do not name."""
    for name in ("in", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"{name}\n")
    return tmp_path


def judged(plant: Path, node: str = "type: log", connection: str = "type: http, url: 'http://h'") -> Any:
    """The flow's settings as the engine has them once it has judged their paths."""
    text = f"flow: f\nconnections:\n  c: {{{connection}}}\nnodes:\n  n: {{{node}}}\n".replace("TMP", str(plant))
    loaded = load(text, "f.yaml", installed(), {}, NoSecrets(), files=HostFiles(plant / "data", [plant]))
    assert loaded.flow is not None, loaded.problems
    return loaded.flow


def sink(plant: Path, node: str) -> Sink:
    spec = judged(plant, node).nodes["n"]
    made = installed().node(spec.type)(spec.config, TestContext(data_dir=plant / "own"))
    assert isinstance(made, Sink)
    return made


def swap(plant: Path, name: str = "in", to: str = "other") -> None:
    (plant / name).rename(plant / "moved")
    (plant / name).symlink_to(plant / to)


def swap_back(plant: Path) -> None:
    (plant / "in").unlink()
    (plant / "moved").rename(plant / "in")


def lie_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize(
    "node",
    [
        "type: file_out, root: TMP/in, path: '{topic}'",
        "type: file_out, root: TMP/in, path: 'sub/{topic}'",
        "type: archive, root: TMP/in, into: TMP/packed, name: '{topic}'",
        "type: archive, root: TMP/moved-not, into: TMP/in, name: '{topic}', paths: ['*']",
        "type: prune, root: TMP/in, paths: ['*'], keep: 1",
        "type: prune, root: TMP/in, paths: ['*'], older_than: 1s",
    ],
)
async def test_a_sink_waits_until_its_folder_is_back(node: str, plant: Path) -> None:
    (plant / "moved-not").mkdir()
    (plant / "moved-not/b.txt").touch()
    made = sink(plant, node)
    await made.open()
    swap(plant)
    with pytest.raises(Unavailable, match="has become a link"):
        await made.write([Message(1, topic="first")])
    assert lie_in(plant / "other") == ["a.txt"] and not (plant / "packed").exists()
    swap_back(plant)
    await made.write([Message(1, topic="second")])
    await made.close()
    assert lie_in(plant / "other") == ["a.txt"]


async def test_a_link_that_was_there_at_the_start_is_followed_and_its_successor_is_not(plant: Path) -> None:
    (plant / "link").symlink_to(plant / "in")
    made = sink(plant, "type: file_out, root: TMP/link, path: '{topic}'")
    await made.open()
    (plant / "link").unlink()
    (plant / "link").symlink_to(plant / "other")
    await made.write([Message(1, topic="b.txt")])
    await made.close()
    assert (lie_in(plant / "in"), lie_in(plant / "other")) == (["a.txt", "b.txt"], ["a.txt"])


@pytest.mark.parametrize("path", ["a.txt", "'*.txt'", "a.txt, mode: follow"])
async def test_a_source_reads_nothing_where_its_folder_became_a_link(path: str, plant: Path) -> None:
    spec = judged(plant, f"type: file_in, root: TMP/in, path: {path}, settled_after: 10ms, poll: 5ms").nodes["n"]
    source = FileIn(spec.config, TestContext(data_dir=plant / "own"))
    found: list[object] = []

    async def emit(messages: Any, ack: Any = None, *_: object, **__: object) -> None:
        found.extend(message.payload for message in messages)
        ack()

    swap(plant)
    with pytest.raises(Unavailable, match="has become a link"):
        await source.run(emit)
    swap_back(plant)
    running = asyncio.create_task(source.run(emit))
    await until(lambda: bool(found))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert found == ["in"]


@pytest.mark.parametrize("name", ["in", "in/h.db"])
async def test_a_database_waits_until_its_file_is_back(name: str, plant: Path) -> None:
    spec = judged(plant, connection="type: sql, url: 'sqlite:///TMP/in/h.db'",
                  node="type: sql_query, connection: c, query: SELECT 1").connections["c"]  # fmt: skip
    assert spec.config is not None
    connection = Sql(spec.config, "c", TestContext().log, ManualClock(), plant / "own")
    await connection.open()
    if name == "in/h.db":
        (plant / "in/h.db").touch()
    swap(plant, name, "other" if name == "in" else "other/h.db")
    with pytest.raises(SqlAway, match="has become a link"):
        await connection.database.ask("CREATE TABLE t (a)", {}, 1, True)
    assert lie_in(plant / "other") == ["a.txt"]
    (plant / name).unlink()
    await asyncio.to_thread((plant / "in").mkdir, exist_ok=True)
    await connection.database.ask("CREATE TABLE t (a)", {}, 1, True)
    await connection.close()
    assert lie_in(plant / "other") == ["a.txt"]
