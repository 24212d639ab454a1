"""Whatever is damaged in the data folder: flows run, the first start stays over, and the damage is told."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flowengine.store.accounts import Accounts
from flowengine.store.aside import found_aside
from tests.faults.amounts import LONG
from tests.faults.engine_process import EngineProcess
from tests.flowengine.store.spool.test_disk_full import mounting
from tests.waiting import until

FLOW = """flow: plant
connections:
  db: {{type: sql, url: "sqlite:///{db}"}}
nodes:
  tick: {{type: inject, every: 20ms, payload: {{key: a, value: 9}}, to: [keep, hot, windows, store, dead]}}
  keep: {{type: rtdb_write, key: "{{payload.key}}"}}
  hot: {{type: alert, by: "{{payload.key}}", when: payload.value > 8, to: out}}
  windows: {{type: aggregate, every: 200ms, durable: true, to: out}}
  store: {{type: buffer, count: 10, every: 100ms, durable: true, to: rows}}
  rows: {{type: sql_out, connection: db, table: rows, create: true, columns: {{value: payload.value}}}}
  dead: {{type: dead_letter}}
  out: {{type: log, level: debug}}
"""
WRITTEN = ("trends.db", "audit.db", "revisions.db", "alarms.db", "accounts.made", "rtdb.journal", "epoch", "format")
UNTOUCHED = ("rows.db", "lock")
"""The plant's own data, and what holds nothing."""


def emptied(content: bytes, rng: random.Random) -> bytes:
    return b""


def cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(1, max(2, len(content) - 1))]  # its last byte may be a line end, and no loss


def flipped(content: bytes, rng: random.Random) -> bytes:
    """Every hundredth byte and one of the first ten."""
    damaged = bytearray(content or b" ")
    for place in [rng.randrange(min(10, len(damaged))), *range(rng.randrange(100), len(damaged), 100)]:
        damaged[place] ^= rng.randrange(1, 256)
    return bytes(damaged)


KINDS: list[Callable[[bytes, random.Random], bytes]] = [emptied, cut, flipped]


@pytest.fixture
async def left(tmp_path: Path) -> EngineProcess:
    """An engine that was killed after every kind of file was written, with the user anna."""
    accounts = Accounts(tmp_path / "data")
    accounts.add_user("anna", "correct horse battery", "admin")
    accounts.close()
    flow = FLOW.format(db=tmp_path / "files" / "rows.db")
    (tmp_path / "files").mkdir()
    options = ("--allow-files", str(tmp_path / "files"))
    engine = EngineProcess(tmp_path, flow, editor=True, options=options)
    async with engine:
        await until(lambda: all((engine.data / name).exists() for name in WRITTEN))
        places = ("state.msgpack", "windows/checkpoint", "store/spool/cursor", "dead/dead_letters.db")
        await until(lambda: all((engine.data / "flows/plant" / name).exists() for name in places))
        await until(lambda: (engine.data / "flows/plant/state.msgpack.before").exists())
    return engine


async def runs(engine: EngineProcess) -> None:
    """The engine starts, its flows move messages, and no stranger is asked for the first password."""
    engine.log.write_text("")
    async with engine:
        async with asyncio.timeout(60):
            while await engine.metric("passed_messages_total", node="rows") < 20:  # noqa: ASYNC110 - a process cannot tell
                await asyncio.sleep(0.05)
            while "setup_required" not in (said := (await engine.get("/api/v1/session"))[1]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert json.loads(said)["setup_required"] is False
        assert await engine.metric("unaccounted_messages") == 0
    assert engine.says("Traceback") == 0, engine.log.read_text()[-5000:]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in UNTOUCHED)


@pytest.mark.faults
@pytest.mark.timeout(120 if not LONG else 3600)
async def test_damaged_files_stop_no_flow_and_are_told(left: EngineProcess, tmp_path: Path) -> None:
    rng = random.Random(7)
    whole = left.data.rename(tmp_path / "whole")
    names = [path.relative_to(whole) for path in files(whole)]
    rounds = [(kind, names) for kind in KINDS] + [(kind, [name]) for kind in KINDS for name in names if LONG]
    for kind, damaged in rounds:
        shutil.copytree(whole, left.data, ignore=shutil.ignore_patterns("control.sock"))
        for name in damaged:
            (left.data / name).write_bytes(kind((whole / name).read_bytes(), rng))
        await runs(left)
        if kind is not emptied and len(damaged) > 1:
            aside = {path.name.partition(".damaged")[0] for path in found_aside(left.data)}
            # A killed engine's other databases stand in their -wal, which SQLite reads up to its first wrong checksum.
            assert {"accounts.db", "state.msgpack", "checkpoint", "rtdb.journal", "format"} <= aside, kind
            assert left.says("accounts.db is damaged") == 1
        shutil.rmtree(left.data)


def folder(path: Path) -> None:
    path.mkdir()
    (path / "kept").touch()


def ring(path: Path) -> None:
    path.symlink_to(path.name)


def unreadable(path: Path) -> None:
    path.touch(0)


WITHOUT_ROOTS_RIGHTS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
IN_PLACE: list[Callable[[Path], None]] = [folder, os.mkfifo, ring, unreadable]


@pytest.mark.faults
async def test_folders_pipes_rings_and_unreadable_files_in_place_of_files_stop_no_flow_and_are_told(
    left: EngineProcess,
) -> None:
    """Each file becomes another of the four; tests/flowengine/store/test_misplaced.py has every one at every place."""
    left.words = WITHOUT_ROOTS_RIGHTS
    (left.data / "secrets").mkdir()
    (left.data / "secrets/pw").touch()
    replaced = [path for path in files(left.data) if path.suffix != ".made"]
    for number, path in enumerate(replaced):
        path.unlink()
        IN_PLACE[number % len(IN_PLACE)](path)
    await runs(left)
    assert {path.parent / path.name.partition(".damaged")[0] for path in found_aside(left.data)} >= {
        path for number, path in enumerate(replaced) if IN_PLACE[number % len(IN_PLACE)] is not unreadable
    }


@pytest.mark.faults
async def test_missing_files_stop_no_flow_and_open_no_first_start(left: EngineProcess) -> None:
    for path in files(left.data):
        if path.name != "accounts.made":
            path.unlink()
    await runs(left)


MOUNT = 'mount -t tmpfs -o {options},mode=700 tmpfs "{{data}}"; {fill}; exec "$0" "$@"'
FULL = {
    "byte": MOUNT.format(options="size=1m", fill='head -c 2m /dev/zero >"{data}/fill" 2>/dev/null'),
    "file": MOUNT.format(options="nr_inodes=9", fill='for n in $(seq 40); do touch "{data}/$n"; done 2>/dev/null'),
}
NO_BYTE_MORE = 'ulimit -f 0; exec "$0" "$@"'
"""Where a plain user may mount nothing."""


@pytest.mark.faults
@pytest.mark.parametrize("wanted", FULL)
async def test_a_disk_with_no_room_for_one_more_keeps_no_flow_from_starting(wanted: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    own = mounting(tmp_path / "data")
    words = [*own[:-2], "-c", FULL[wanted].format(data=tmp_path / "data")] if own else ["sh", "-c", NO_BYTE_MORE]
    flow = FLOW.format(db=tmp_path / "rows.db").replace(", durable: true", "")
    options = ("--allow-files", str(tmp_path), "--drain", "0.5")
    async with EngineProcess(tmp_path, flow, words=words, editor=True, options=options) as engine, asyncio.timeout(60):
        while await engine.metric("passed_messages_total", node="hot") < 20:  # noqa: ASYNC110 - a process cannot tell
            await asyncio.sleep(0.05)
        assert await engine.metric("unaccounted_messages") == 0
        assert await engine.terminate() in (0, 3)
    said = engine.log.read_text()
    assert not own or (engine.says("Traceback") == 0 and "the disk is full" in said), said
