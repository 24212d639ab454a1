"""archive: what is packed comes back byte by byte, links are left alone, nothing half is ever there."""

import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from flowengine import Message, Rejected
from flowengine.testing import TestContext, make
from flowengine.testing.clock import START_NS
from nodes.sinks.archive import Archive


@pytest.fixture
def plant(tmp_path):
    root = tmp_path / "plant"
    (root / "logs").mkdir(parents=True)
    (root / "a.yaml").write_text("a: 1\n")
    (root / "logs" / "big.log").write_bytes(os.urandom(3_000_000))
    (root / "empty").touch()
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "password").write_text("geheim")
    (root / "link").symlink_to(outside / "password")
    (root / "folder").symlink_to(outside)
    return root


def node(root, **options):
    settings = ", ".join(f"{name}: {value}" for name, value in options.items())
    return make(Archive, f"{{root: {root}, name: 'b-{{time:%Y%m%d}}', {settings}}}", TestContext(data_dir=root.parent))


@pytest.mark.parametrize("kind", ["tar.gz", "tar", "zip"])
async def test_what_was_packed_comes_back_and_links_stay_out(plant, tmp_path, kind):
    [answer] = await node(plant, into=tmp_path / "out", format=kind).write([Message(1, time_ns=START_NS)])
    told = answer.payload
    assert told["file"] == str(tmp_path / "out" / f"b-20260101.{kind}") and told["files"] == 3
    assert told["size_bytes"] == Path(told["file"]).stat().st_size
    checked = subprocess.run(["sha256sum", "-c", f"{told['file']}.sha256"], cwd=tmp_path / "out", check=False)
    assert checked.returncode == 0
    if kind == "zip":
        zipfile.ZipFile(told["file"]).extractall(tmp_path / "back")
    else:
        # `tar` itself: `extractall(filter=)` is missing in Python 3.11.2, and extracting without it warns from 3.12 on
        (tmp_path / "back").mkdir()
        subprocess.run(["tar", "-xf", told["file"], "-C", tmp_path / "back"], check=True)
    back = {
        str(p.relative_to(tmp_path / "back")): p.read_bytes() for p in (tmp_path / "back").rglob("*") if p.is_file()
    }
    assert back == {name: (plant / name).read_bytes() for name in ("a.yaml", "empty", "logs/big.log")}


async def test_only_what_fits_is_packed_and_nothing_is_an_error(plant, tmp_path):
    [answer] = await node(plant, paths="['*.log']").write([Message(1)])
    assert answer.payload["files"] == 1
    with pytest.raises(Rejected, match="no file below"):
        await node(plant, paths="[nothing]").write([Message(1)])
    with pytest.raises(Rejected, match="more than 1000 bytes"):
        await node(plant, max_bytes=1000).write([Message(1)])
    with pytest.raises(Rejected, match="more than 2 files"):
        await node(plant, max_files=2).write([Message(1)])
    with pytest.raises(Rejected):
        await node(tmp_path / "missing").write([Message(1)])


def names_in(answer):
    with tarfile.open(answer.payload["file"]) as archive:
        return archive.getnames()


async def test_between_full_archives_only_what_changed_is_packed(plant, tmp_path):
    context = TestContext(data_dir=tmp_path / "data")
    options = f"{{root: {plant}, into: {tmp_path / 'out'}, name: 'b-{{n}}', full_every: 7d}}"

    async def packed(n):
        [answer] = await make(Archive, options, context).write([Message(1, meta={"n": n})])
        return answer

    full = await packed(1)
    assert full.payload["file"].endswith("b-1-full.tar.gz") and full.payload["files"] == 3
    assert (await packed(2)).payload == {"file": None, "size_bytes": 0, "sha256": None, "files": 0}
    (plant / "a.yaml").write_text("a: 22\n")
    (plant / "new").write_text("n")
    for n in (3, 4):  # each has all that differs from the full one
        changes = await packed(n)
        assert changes.payload["file"].endswith(f"b-{n}-changes.tar.gz") and names_in(changes) == ["a.yaml", "new"]
    context.clock.move(7 * 86_400)
    assert len(names_in(await packed(5))) == 4


async def test_a_list_that_cannot_be_read_makes_a_full_archive(plant, tmp_path):
    context = TestContext(data_dir=tmp_path / "data")
    archive = make(Archive, f"{{root: {plant}, name: b, full_every: 1d}}", context)
    await archive.write([Message(1)])
    (tmp_path / "data" / "last_full").write_bytes(b"damaged")
    [answer] = await archive.write([Message(1)])
    assert answer.payload["files"] == 3


async def test_a_failure_leaves_neither_a_part_nor_an_old_archive_touched(plant, tmp_path, monkeypatch):
    archive = node(plant, into=tmp_path / "out")
    [first] = await archive.write([Message(1, time_ns=START_NS)])
    before = Path(first.payload["file"]).read_bytes()
    monkeypatch.setattr("tarfile.TarFile.addfile", lambda *_: (_ for _ in ()).throw(ValueError("broken")))
    with pytest.raises(ValueError, match="broken"):
        await archive.write([Message(1, time_ns=START_NS)])
    assert Path(first.payload["file"]).read_bytes() == before
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_name_never_leads_out_of_its_folder():
    for name in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(ValueError, match="folder"):
            make(Archive, f"{{root: /tmp, name: '{name}'}}")


async def test_a_name_that_can_never_be_a_file_is_rejected_and_not_waited_for(plant, tmp_path):
    context = TestContext(data_dir=tmp_path)
    sink = make(Archive, f"{{root: {plant}, name: '{{topic}}', into: {tmp_path / 'out'}}}", context)
    with pytest.raises(Rejected, match=r"cannot write 'nnn.*name too long"):
        await sink.write([Message(1, topic="n" * 300, time_ns=START_NS)])


async def test_a_folder_without_files_is_a_fault_or_nothing_to_keep_yet(tmp_path):
    (tmp_path / "plant").mkdir()
    with pytest.raises(Rejected, match="no file"):
        await node(tmp_path / "plant").write([Message(1, time_ns=START_NS)])
    [answer] = await node(tmp_path / "plant", empty="pass").write([Message(1, time_ns=START_NS)])
    assert answer.payload == {"file": None, "size_bytes": 0, "sha256": None, "files": 0}
    with pytest.raises(Rejected):
        await node(tmp_path / "gone", empty="pass").write([Message(1, time_ns=START_NS)])
