"""file_out: records are whole and on disk, files rotate and go, and no path leads out of the root."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from flowengine import Rejected, Unavailable
from flowengine.expression.filling import rfc3339
from flowengine.testing import make, messages
from flowengine.testing.clock import START_NS
from nodes.files.rotate import RollingFiles, Rules
from nodes.files.safe_open import relative_parts
from nodes.sinks.file_out import FileOut

Open = Any
DAY_NS = 86_400 * 10**9


async def test_lines_json_raw_and_templates_are_written_as_they_say(opened: Open, tmp_path: Path) -> None:
    payloads = ["text", {"a": 1}, b"bytes", "two\nlines"]
    lines = await opened(FileOut, "{path: a.txt}")
    await lines.write(messages(payloads))
    assert (tmp_path / "a.txt").read_text() == 'text\n{"a":1}\nbytes\ntwo lines\n'
    as_json = await opened(FileOut, "{path: a.jsonl, format: json}")
    await as_json.write(messages([{"a": [1, None]}, "x\ny"]))
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == [{"a": [1, None]}, "x\ny"]
    raw = await opened(FileOut, "{path: a.bin, format: raw}")
    await raw.write(messages([b"\x00\xff", b"\n"]))
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\xff\n"
    filled = await opened(FileOut, "{path: b.txt, text: '{topic}={payload.v:.1f}'}")
    await filled.write(messages([{"payload": {"v": 2}, "topic": "t"}]))
    assert (tmp_path / "b.txt").read_text() == "t=2.0\n"


async def test_csv_has_one_header_a_file_even_after_a_restart(opened: Open, tmp_path: Path) -> None:
    config = "{path: 'plant/{device}.csv', format: csv, columns: [time, device, payload.v * 2, note]}"
    for _ in range(2):
        sink = await opened(FileOut, config)
        await sink.write(
            messages({"payload": {"v": k, "note": 'a "b",\nc'}, "meta": {"device": f"d{k % 2}"}} for k in range(4))
        )
    with (tmp_path / "plant" / "d1.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["time", "device", "payload.v * 2", "note"],
        *[[rfc3339(START_NS), "d1", str(2 * k), 'a "b",\nc'] for k in (1, 3, 1, 3)],
    ]


async def test_a_value_that_climbs_out_is_rejected_alone(opened: Open, tmp_path: Path) -> None:
    sink = await opened(FileOut, "{path: '{device}/x.txt', root: %s}" % (tmp_path / "root"))
    batch = messages({"payload": k, "meta": {"device": d}} for k, d in enumerate(["a", "..", "b/c", "", "/etc", "b"]))
    with pytest.raises(Rejected) as refused:
        await sink.write(batch)
    assert set(refused.value.rows) == {1, 2, 3, 4}
    assert sorted(p.name for p in (tmp_path / "root").iterdir()) == ["a", "b"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "."])
def test_a_path_out_of_the_root_is_a_fault_of_the_flow(path: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        make(FileOut, f"{{path: '{path}'}}")


async def test_links_are_not_followed(opened: Open, tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "file.txt").symlink_to(outside / "target.txt")
    for path in ("folder/x.txt", "file.txt"):
        sink = await opened(FileOut, f"{{path: {path}, root: {root}}}")
        with pytest.raises(Rejected) as refused:
            await sink.write(messages(["x"]))
        assert path in refused.value.rows[0]
    assert list(outside.iterdir()) == []


async def test_a_pipe_does_not_hang_the_node(opened: Open, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    sink = await opened(FileOut, "{path: pipe}")
    with pytest.raises(Rejected):
        await sink.write(messages(["x"]))


@pytest.mark.parametrize("name", ["n" * 256, "n" * 300 + "/x", "folder", "file/x", "half\ud800", "\0", "link"])
async def test_a_name_that_can_never_be_a_file_costs_its_own_message_alone(
    opened: Open, tmp_path: Path, name: str
) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "file").touch()
    (root / "link").symlink_to(root / "link")
    sink = await opened(FileOut, f"{{path: '{{payload.name}}', text: '{{payload.text}}', root: {root}}}")
    batch = messages({"name": each, "text": "ok"} for each in ("a", name, "b"))
    with pytest.raises(Rejected) as refused:
        await sink.write(batch)
    assert list(refused.value.rows) == [1] and "Errno" not in str(refused.value.rows)
    assert [(root / each).read_text() for each in ("a", "b")] == ["ok\n", "ok\n"]


async def test_a_root_that_is_no_folder_is_waited_for(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "root").touch()
    sink = await opened(FileOut, f"{{path: a, root: {tmp_path / 'root'}}}")
    with pytest.raises(Unavailable):
        await sink.write(messages(["x"]))


async def test_a_full_disk_is_waited_for_and_leaves_no_half_record(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = await opened(FileOut, "{path: a.txt}")
    await sink.write(messages(["first"]))
    real = os.write

    def full(descriptor: int, data: Any) -> int:
        real(descriptor, bytes(data)[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable, match="no space"):
        await sink.write(messages(["second"]))
    monkeypatch.setattr(os, "write", real)
    await sink.write(messages(["second"]))
    assert (tmp_path / "a.txt").read_text() == "first\nsecond\n"


async def test_a_deleted_file_is_begun_again(opened: Open, tmp_path: Path) -> None:
    sink = await opened(FileOut, "{path: a.txt}")
    await sink.write(messages(["1"]))
    (tmp_path / "a.txt").unlink()
    await sink.write(messages(["2"]))
    assert (tmp_path / "a.txt").read_text() == "2\n"


def append(files: RollingFiles, text: str, now_ns: int) -> None:
    """One record at a time of the test's own."""
    files.append("log.txt", [f"{text}\n".encode()], b"", now_ns)
    for descriptor in (file.descriptor for file in files._open.values()):
        os.utime(descriptor, ns=(now_ns, now_ns))


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_days_begin_in_the_time_zone_of_the_flow(tmp_path: Path) -> None:
    files = RollingFiles(tmp_path, Rules("daily", "Asia/Tokyo"))  # midnight there is 15:00 UTC
    append(files, "a", START_NS + 14 * 3600 * 10**9)
    append(files, "b", START_NS + 15 * 3600 * 10**9)
    files.close()
    assert names(tmp_path) == ["log.2026-01-01.txt", "log.txt"]
    assert (tmp_path / "log.2026-01-01.txt").read_text() == "a\n"


def test_a_file_of_yesterday_is_rotated_after_a_restart(tmp_path: Path) -> None:
    files = RollingFiles(tmp_path, Rules("hourly"))
    append(files, "a", START_NS)
    files.close()
    files = RollingFiles(tmp_path, Rules("hourly"))
    append(files, "b", START_NS + 3600 * 10**9)
    append(files, "c", START_NS + 3601 * 10**9)
    files.close()
    assert names(tmp_path) == ["log.2026-01-01T00.txt", "log.txt"]
    assert (tmp_path / "log.txt").read_text() == "b\nc\n"


def test_rotated_files_are_compressed_and_go_by_count_and_age(tmp_path: Path) -> None:
    files = RollingFiles(tmp_path, Rules("daily", keep_files=3, keep_s=10 * 86_400, gzip=True))
    (tmp_path / "log.other.txt").write_text("not ours")
    for day in range(6):
        append(files, str(day), START_NS + day * DAY_NS)
    assert names(tmp_path) == [
        "log.2026-01-03.txt.gz", "log.2026-01-04.txt.gz", "log.2026-01-05.txt.gz", "log.other.txt", "log.txt",
    ]  # fmt: skip
    assert gzip.decompress((tmp_path / "log.2026-01-04.txt.gz").read_bytes()) == b"3\n"
    append(files, "late", START_NS + 20 * DAY_NS)
    files.close()
    assert names(tmp_path) == ["log.other.txt", "log.txt"]


def test_no_file_is_larger_than_asked_and_no_record_is_cut(tmp_path: Path) -> None:
    files = RollingFiles(tmp_path, Rules(rotate=100))
    records = [f"{k:>{8 + k % 5}}\n".encode() for k in range(200)]
    for start in range(0, 200, 40):
        files.append("log.txt", records[start : start + 40], b"", START_NS)
    files.close()
    found = [path.read_bytes() for path in tmp_path.iterdir()]
    assert max(map(len, found)) <= 100
    assert sorted(b"".join(found).splitlines(keepends=True)) == sorted(records)


def test_many_paths_do_not_use_up_descriptors(tmp_path: Path) -> None:
    files = RollingFiles(tmp_path, Rules())
    before = len(os.listdir("/proc/self/fd"))
    for k in range(300):
        files.append(f"f{k}.txt", [b"x\n"], b"", START_NS)
    assert len(os.listdir("/proc/self/fd")) - before <= 64
    files.close()
    assert len(os.listdir("/proc/self/fd")) == before and len(names(tmp_path)) == 300


def test_relative_parts_drop_what_means_nothing() -> None:
    assert relative_parts("a/./b//c.txt") == ["a", "b", "c.txt"]
