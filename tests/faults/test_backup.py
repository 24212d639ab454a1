"""A copy of the data folder under load: restored elsewhere it holds all that was acknowledged before it was begun."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from flowengine.store.accounts import Accounts
from flowengine.store.alarm_journal import AlarmJournal, Event
from flowengine.store.audit import Audit
from flowengine.store.backup import LIST, NoBackup, back_up, restore
from flowengine.store.data_format import FORMAT
from flowengine.store.revisions import Revisions, etag_of
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.waiting import eventually, until

IDLE = "flow: plant\nnodes: {a: {type: inject, every: 1h, to: b}, b: {type: log}}\n"
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


async def command(*words: object) -> str:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowengine", *map(str, words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await child.communicate()
    assert child.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.faults
@pytest.mark.timeout(120)
@pytest.mark.parametrize("away", [True, False], ids=["the sink away", "the sink there"])
async def test_a_backup_under_load_has_all_that_was_acknowledged(line: Line, tmp_path: Path, away: bool) -> None:
    flow = line.flow(durable=True)
    dead_end = flow.replace(f"sqlite:///{line.db}", NOWHERE) if away else flow
    async with line.engine(dead_end, editor=True) as engine, line.publisher(rate=2000) as publisher:
        await line.arriving(engine, publisher)
        await until(lambda: len(publisher.acknowledged_at) > 800)
        acknowledged = set(publisher.acknowledged)
        await command("backup", tmp_path / "plant.tar.gz", "--data", engine.data)
        delivered = set(line.stored()) if not away else set()
        await publisher.stop()
        await engine.kill()
        shutil.move(engine.data, tmp_path / "lost")
        assert "files" in await command("restore", tmp_path / "plant.tar.gz", "--data", engine.data)
        if not away:
            with closing(sqlite3.connect(line.db)) as database, database:
                database.execute("DELETE FROM received WHERE n NOT IN (SELECT value FROM json_each(?))", [
                    str(sorted(delivered))])  # fmt: skip
        engine.write_flow(flow)
        await engine.start()
        await until(
            lambda: acknowledged <= set(line.stored()), says=lambda: str(len(acknowledged - set(line.stored())))
        )
        assert await engine.metric("unaccounted_messages") == 0 and await engine.metric("spool_lost_total") == 0
    assert engine.says("damaged") == 0


def filled(data: Path) -> None:
    accounts = Accounts(data)
    accounts.add_user("anna", "correct horse battery", "admin")
    (data / "leases").mkdir()
    (data / "leases" / "engine").write_text("somebody")
    (data / "flows" / "f" / "n").mkdir(parents=True)
    (data / "flows" / "f" / "state.msgpack").write_bytes(b"state" * 1000)
    back_up(data, data.parent / "b.tar.gz")
    accounts.close()


def test_users_and_state_come_back_and_what_is_true_for_no_copy_does_not(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    there = {str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert there == {"accounts.db", "accounts.made", "flows/f/state.msgpack"}
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").rglob("*")} == {0}
    accounts = Accounts(tmp_path / "new")
    assert accounts.log_in("anna", "correct horse battery") is not None
    accounts.close()


@pytest.mark.faults
async def test_an_engine_goes_on_with_alarms_drafts_revisions_users_and_audit_of_a_restored_folder(
    tmp_path: Path,
) -> None:
    old = tmp_path / "old"
    token = (await command("token", "add", "t", "--role", "admin", "--data", old)).split()[-1]
    alarms, revisions, audit = AlarmJournal(old), Revisions(old), Audit(old)
    alarms.add([Event("plant/hot", "plant", "Too hot", 1, "anna", "acknowledged", "seen")], [])
    revision = revisions.add("plant", IDLE, "anna", "the first")
    revisions.keep_draft("plant", IDLE + "# draft", etag_of(IDLE), "anna")
    audit.record("anna", "deploy", "plant")
    await command("backup", tmp_path / "b", "--data", old)  # while all of them are open
    for each in (alarms, revisions, audit):
        each.close()
    await command("restore", tmp_path / "b", "--data", tmp_path / "data")
    async with (
        EngineProcess(tmp_path, IDLE, editor=True) as engine,
        aiohttp.ClientSession(f"{engine.url}/api/v1/", headers={"Authorization": f"Bearer {token}"}) as session,
    ):

        async def found(path: str) -> str:
            async with session.get(path) as answer:
                return await answer.text() if answer.status == 200 else ""

        assert "anna" in await eventually(lambda: found("alarms/history"), bool)
        assert "# draft" in await found("flows/plant")
        assert "the first" in await found("flows/plant/revisions")
        assert json.loads(await found(f"flows/plant/revisions/{revision.id}"))["text"] == IDLE
        assert "deploy" in await found("audit")
    assert engine.says("damaged") == engine.says("missing") == 0


def test_a_backup_of_a_newer_engine_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/format").write_text(f"{FORMAT + 1} {FORMAT + 1}\n")
    back_up(tmp_path / "data", tmp_path / "b")
    with pytest.raises(NoBackup, match="written by a newer engine"):
        restore(tmp_path / "b", tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "data"]


def test_what_is_no_whole_backup_of_this_engine_leaves_nothing(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    whole = (tmp_path / "b.tar.gz").read_bytes()
    for wrong in (b"", whole[: len(whole) // 2], whole[:300] + b"!" + whole[301:], b"x" * 5000):
        (tmp_path / "wrong").write_bytes(wrong)
        with pytest.raises(NoBackup, match="is no whole backup"):
            restore(tmp_path / "wrong", tmp_path / "new")
    with tarfile.open(tmp_path / "evil", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../evil"))
    with pytest.raises(NoBackup, match=r"it holds '\.\./evil'"):
        restore(tmp_path / "evil", tmp_path / "new")
    with pytest.raises(NoBackup, match="is not empty"):
        restore(tmp_path / "b.tar.gz", tmp_path / "data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "data", "evil", "wrong"]


def member(
    name: str, kind: bytes = tarfile.REGTYPE, content: bytes = b"", to: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    found = tarfile.TarInfo(name)
    found.type, found.size, found.linkname = kind, len(content), to
    return found, content


@pytest.mark.parametrize(
    "evil",
    [
        member("/etc/evil"),
        member("flows/../../evil"),
        member("flows/link", tarfile.SYMTYPE, to="/etc/passwd"),
        member("flows/link", tarfile.LNKTYPE, to="accounts.db"),
        member("flows/pipe", tarfile.FIFOTYPE),
        member("flows/device", tarfile.CHRTYPE),
        member("flows", tarfile.DIRTYPE),
        member("a\0b"),
        member("x" * 300),
        member("accounts.db"),
        member("accounts.db/below"),
        *(member(LIST, content=said) for said in (b"[]", b"{}", b'{"files": {"a": 1}, "made_s": 1}', b"[" * 100_000)),
    ],
    ids=lambda evil: repr(evil[0].name[:20]),
)
def test_an_archive_that_somebody_else_made_puts_nothing_anywhere(
    tmp_path: Path, evil: tuple[tarfile.TarInfo, bytes]
) -> None:
    with tarfile.open(tmp_path / "evil", "w:gz") as archive:
        for info, content in (member("accounts.db"), evil):
            archive.addfile(info, io.BytesIO(content))
    with pytest.raises(NoBackup, match="is no whole backup"):
        restore(tmp_path / "evil", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["evil"]


def test_a_link_in_a_data_folder_is_followed_by_no_copy(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("root's alone")
    (tmp_path / "data" / "flows").mkdir(parents=True)
    (tmp_path / "data" / "flows" / "f").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoBackup, match="is a link"):
        back_up(tmp_path / "data", tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "elsewhere"]


def test_a_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="there is no data folder"):
        back_up(tmp_path / "none", tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
