"""file_in: every line once, over rotation, truncation, restart and missing files; the position is what was settled."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine import Unavailable
from flowengine.testing import TestContext, make
from nodes.sources.file_in import FileIn
from tests.waiting import length, quiet_for, until


class Reader:
    """One run of a node; collects what it sends and acknowledges at once, or when the test says so."""

    def __init__(self, folder: Path, config: str, hold: bool = False):
        self.node = make(FileIn, config, TestContext(data_dir=folder))
        self.payloads: list[Any] = []
        self.metas: list[Any] = []
        self.rejected: list[tuple[Any, str]] = []
        self.acks: list[Callable[[], None]] = []
        self._hold = hold
        self.task: asyncio.Task[None] | None = None

    async def emit(
        self, messages: Any, ack: Any = None, size_bytes: int = 0, port: str = "out", rejected: Any = ()
    ) -> None:
        self.payloads += [message.payload for message in messages]
        self.metas += [message.meta for message in messages]
        self.rejected += [(message.payload, reason) for message, reason in rejected]
        if self._hold:
            self.acks.append(ack)
        else:
            ack()

    async def __aenter__(self) -> Reader:
        self.task = asyncio.create_task(self.node.run(self.emit))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


async def read(folder: Path, config: str) -> Reader:
    """A run to the end of the file."""
    reader = Reader(folder, config)
    async with asyncio.timeout(60):
        await reader.node.run(reader.emit)
    return reader


FOLLOW = "{path: a.log, mode: follow, poll: 5ms}"


async def test_a_file_is_read_once_and_not_again_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\r\n\ntwo\nlast")
    first = await read(tmp_path, "{path: a.log}")
    assert first.payloads == ["one", "two", "last"]
    assert first.metas[1] == {"file": "a.log", "line": 3}
    assert (await read(tmp_path, "{path: a.log}")).payloads == []


async def test_json_lines_and_tables_become_values_and_bad_lines_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"a":1}\n{bad\n[1]\n\xff\n')
    reader = await read(tmp_path / "1", f"{{root: {tmp_path}, path: a.jsonl, format: json}}")
    assert reader.payloads == [{"a": 1}, [1]] and [payload for payload, _ in reader.rejected] == [b"{bad", b"\xff"]
    (tmp_path / "a.csv").write_bytes("\ufefftime;value\r\n1;2.5\r\n2;\r\n3\r\n".encode())
    reader = await read(tmp_path / "2", f"{{root: {tmp_path}, path: a.csv, format: csv, delimiter: ';'}}")
    assert reader.payloads == [{"time": 1, "value": 2.5}, {"time": 2, "value": None}]
    assert reader.rejected == [(b"3", "1 field where the header has 2")]


async def test_lines_before_the_header_are_passed_over_also_after_a_restart(tmp_path: Path) -> None:
    file, config = tmp_path / "a.csv", "{path: a.csv, format: csv, skip_lines: 2}"
    file.write_bytes(b'Logger "7\nHall 2, north\nt,v\n1,2\n')
    assert (await read(tmp_path, config)).payloads == [{"t": 1, "v": 2}]
    with file.open("ab") as more:
        more.write(b"3,4\n")
    assert (await read(tmp_path, config)).payloads == [{"t": 3, "v": 4}]


async def test_raw_bytes_are_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 3000
    (tmp_path / "a.bin").write_bytes(data)
    assert b"".join((await read(tmp_path, "{path: a.bin, format: raw}")).payloads) == data


async def test_a_long_line_is_rejected_and_the_next_one_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x" * 3_000_000 + b"\nok\n")
    reader = await read(tmp_path, "{path: a.log}")
    assert reader.payloads == ["ok"] and reader.rejected == [(None, "line too long")]


async def test_a_followed_file_gives_each_line_when_it_is_complete(tmp_path: Path) -> None:
    log = (tmp_path / "a.log").open("ab", buffering=0)
    async with Reader(tmp_path, FOLLOW) as reader:
        log.write(b"one\ntw")
        await length(reader.payloads, 1)
        await quiet_for(0.05, "half a line is none")
        log.write(b"o\n")
        await length(reader.payloads, 2)
    log.close()
    assert reader.payloads == ["one", "two"]


async def test_rotation_misses_no_line_not_even_the_last_one_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n")
    async with Reader(tmp_path, FOLLOW) as reader:
        await length(reader.payloads, 1)
        with path.open("ab") as old:
            path.rename(tmp_path / "a.log.1")
            old.write(b"2\n3")
        path.write_bytes(b"4\n5\n")
        await length(reader.payloads, 5)
    assert reader.payloads == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("anew", [b"b1\n", b"b1 is a longer text than there was before\n"])
async def test_a_file_written_anew_in_place_is_read_from_its_beginning(tmp_path: Path, anew: bytes) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"a1\na2\n")
    async with Reader(tmp_path, FOLLOW) as reader:
        await length(reader.payloads, 2)
        path.write_bytes(anew)
        await length(reader.payloads, 3)
    assert reader.payloads == ["a1", "a2", anew.decode().strip()]


async def test_reading_goes_on_after_a_restart_even_when_the_file_was_rotated_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n2\nhal")
    async with Reader(tmp_path, FOLLOW) as reader:
        await length(reader.payloads, 2)
    with path.open("ab") as old:
        old.write(b"f\n3\n")
    path.rename(tmp_path / "a.log.1")
    path.write_bytes(b"4\n")
    async with Reader(tmp_path, FOLLOW) as again:
        await length(again.payloads, 3)
    assert again.payloads == ["half", "3", "4"]


async def test_a_table_keeps_its_header_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"t,v\n1,2\n")
    config = FOLLOW.replace("}", ", format: csv}")
    async with Reader(tmp_path, config) as reader:
        await length(reader.payloads, 1)
    with path.open("ab") as more:
        more.write(b"3,4\n")
    async with Reader(tmp_path, config) as again:
        await length(again.payloads, 1)
    assert again.payloads == [{"t": 3, "v": 4}]


async def test_what_was_not_settled_comes_again(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"1\n")
    async with Reader(tmp_path, FOLLOW, hold=True) as reader:
        for n in (2, 3):
            await length(reader.payloads, n - 1)
            with path.open("ab") as more:
                more.write(f"{n}\n".encode())
        await length(reader.payloads, 3)
        reader.acks[0]()
        reader.acks[2]()  # out of order: 2 is still on its way
    async with Reader(tmp_path, FOLLOW) as again:
        await length(again.payloads, 2)
    assert again.payloads == ["2", "3"]


async def test_what_is_settled_while_the_flow_stops_does_not_come_again(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"1\n2\n")
    async with Reader(tmp_path, FOLLOW, hold=True) as reader:
        await length(reader.payloads, 2)
    reader.acks[0]()
    (tmp_path / "a.log").open("ab").close()
    async with Reader(tmp_path, FOLLOW) as again:
        await quiet_for(0.1, "what is settled does not come again")
    assert again.payloads == []


async def test_the_position_is_kept_while_it_runs(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"1\n")
    async with Reader(tmp_path, FOLLOW):
        await until(lambda: (tmp_path / "position.json").exists())


async def test_a_new_file_may_be_followed_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"old\n")
    async with Reader(tmp_path, FOLLOW.replace("}", ", start: end}")) as reader:
        await quiet_for(0.1, "what was there is old")
        with path.open("ab") as more:
            more.write(b"new\n")
        await length(reader.payloads, 1)
    assert reader.payloads == ["new"]


async def test_a_missing_file_is_waited_for_and_links_are_not_followed(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await read(tmp_path, "{path: none.log}")
    (tmp_path / "secret").write_text("x\n")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Unavailable):
        await read(tmp_path, "{path: link}")


async def test_a_pipe_or_a_folder_in_place_of_a_file_holds_nobody_and_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path, said in (("pipe", "not a plain file"), ("folder", "not a plain file")):
        async with asyncio.timeout(60):
            with pytest.raises(Unavailable, match=f"cannot read {path}: {said}"):
                await read(tmp_path, f"{{path: {path}}}")


@pytest.mark.parametrize("path", ["/etc/passwd", "../x"])
def test_a_path_out_of_the_root_is_a_fault_of_the_flow(path: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        make(FileIn, f"{{path: {path}}}")


async def test_a_broken_position_means_from_the_beginning(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"1\n")
    (tmp_path / "position.json").write_bytes(b"{torn")
    assert (await read(tmp_path, "{path: a.log}")).payloads == ["1"]


GLOB = "{root: '%s', path: 'in/*.csv', format: csv, settled_after: 50ms, poll: 10ms%s}"


async def test_each_file_that_comes_is_read_once_it_is_complete_and_moved_once_it_is_settled(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "b.csv").write_text("v\n3\n")
    (inside / "a.csv").write_text("v\n1\n2\n")
    (inside / "a.txt").write_text("no table")
    async with Reader(tmp_path / "data", GLOB % (tmp_path, ", then: {move: done/old}"), hold=True) as reader:
        await until(lambda: len(reader.acks) == 1)
        assert reader.payloads == [{"v": 1}, {"v": 2}] and (inside / "a.csv").exists(), "nothing is settled yet"
        reader.acks.pop()()
        await until(lambda: len(reader.acks) == 1)
        assert (tmp_path / "done/old/a.csv").read_text() == "v\n1\n2\n" and not (inside / "a.csv").exists()
        reader.acks.pop()()
        await until(lambda: not (inside / "b.csv").exists())
        (inside / "a.csv").write_text("v\n9\n")  # the same name again
        await until(lambda: len(reader.acks) == 1)
        reader.acks.pop()()
        await until(lambda: (tmp_path / "done/old/a.csv.1").exists())
    assert [each["file"] for each in reader.metas] == ["in/a.csv", "in/a.csv", "in/b.csv", "in/a.csv"]
    assert [each["line"] for each in reader.metas] == [2, 3, 2, 2] and (inside / "a.txt").exists()


async def test_a_run_that_was_cut_off_in_a_file_goes_on_in_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows = 4000  # more than is read at once
    (tmp_path / "in/a.csv").write_text("v\n" + "".join(f"{n}\n" for n in range(rows)))
    config = GLOB % (tmp_path, ", then: delete")
    async with Reader(tmp_path / "data", config, hold=True) as first:
        await until(lambda: len(first.acks) == 2)
        first.acks[0]()
    left = len(first.payloads)
    async with Reader(tmp_path / "data", config) as second:
        await until(lambda: not (tmp_path / "in/a.csv").exists())
    assert [each["v"] for each in second.payloads][-1] == rows - 1 and len(second.payloads) < rows < left + rows
    assert {each["v"] for each in first.payloads + second.payloads} == set(range(rows))
    (tmp_path / "in/a.csv").write_text("v\n" + "".join(f"{n}\n" for n in range(rows)))
    async with Reader(tmp_path / "data", config) as third:  # a file that begins as the last one did
        await until(lambda: not (tmp_path / "in/a.csv").exists())
    assert len(third.payloads) == rows


async def test_files_that_stay_are_read_again_only_when_they_change(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("v\n1\n")
    config = GLOB % (tmp_path, "")
    async with Reader(tmp_path / "data", config) as reader:
        await until(lambda: reader.payloads == [{"v": 1}])
        await until(lambda: (tmp_path / "data/read.json").exists())
    async with Reader(tmp_path / "data", config) as reader:
        (tmp_path / "in/b.csv").write_text("v\n2\n")
        await until(lambda: reader.payloads == [{"v": 2}])
        (tmp_path / "in/a.csv").write_text("v\n1\n5\n")
        await length(reader.payloads, 3)
    assert reader.payloads[1:] == [{"v": 1}, {"v": 5}]


def test_wildcards_stand_in_names_of_files_that_are_read_whole() -> None:
    model = FileIn.config_type()
    with pytest.raises(ValueError, match="only the file's name may have wildcards"):
        model.model_validate({"path": "*/a.csv"})
    for given in ({"path": "a*", "mode": "follow"}, {"path": "a", "then": "delete", "start": "end"}):
        assert [option for option, _ in FileIn.check(model.model_validate(given))] == [
            "mode" if "mode" in given else "start"
        ]
