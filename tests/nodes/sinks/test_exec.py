"""exec: only what was allowed, no shell, killed with its children in time, bounded output, none of our secrets."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from flowengine import Message, Rejected
from flowengine.cli.options import programs
from flowengine.engine import Engine, Settings
from flowengine.testing import TestContext, make
from nodes.sinks.exec import Exec
from tests.waiting import until


async def node(folder: Path, options: str, script: str) -> Any:
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    context = TestContext(data_dir=folder / "data")
    context.programs = {"allowed": program}
    made = make(Exec, options, context)
    await made.open()
    return made


async def test_arguments_and_input_reach_the_program_as_they_are(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed, args: [-x, '{word}'], input: payload.text}", 'echo "$@"; cat')
    evil = Message({"word": "$(id); rm -rf / | `x` 'y'", "text": "in"})
    [answer] = await made.write([evil])
    assert answer.payload["stdout"] == f"-x {evil.payload['word']}\nin"
    assert (answer.payload["code"], answer.payload["cut"]) == (0, False) and answer.payload["took_ms"] > 0


async def test_what_was_not_allowed_does_not_run(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: other}", "touch ran")
    with pytest.raises(Rejected, match="other is not allowed"):
        await made.write([Message(1)])
    assert not list(tmp_path.rglob("ran"))


async def test_a_value_cannot_become_an_option(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed, args: ['{word}']}", "true")
    for word in ("--delete", "a\0b"):
        with pytest.raises(Rejected, match="would become"):
            await made.write([Message({"word": word})])


async def test_of_a_batch_only_what_cannot_be_run_is_rejected_and_nothing_runs_twice(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed, args: ['{word}']}", 'echo "$1" >> ran; test "$1" != fails')
    with pytest.raises(Rejected) as refused:
        await made.write([Message({"word": word}) for word in ("a", "--evil", "fails", "b")])
    assert list(refused.value.rows or ()) == [1, 2] and len(refused.value.answers) == 2
    assert (tmp_path / "data/ran").read_text().split() == ["a", "fails", "b"]


async def test_it_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWENGINE_SECRET_X", "geheim")
    made = await node(tmp_path, "{command: allowed}", "env; pwd")
    [answer] = await made.write([Message(1)])
    assert "geheim" not in answer.payload["stdout"] and str(tmp_path / "data") in answer.payload["stdout"]


async def test_an_error_carries_code_and_last_words_and_allowed_codes_are_none(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed}", "echo first >&2; echo no space left >&2; exit 3")
    with pytest.raises(Rejected, match=r"^allowed ended with 3: no space left$"):
        await made.write([Message(1)])
    made = await node(tmp_path, "{command: allowed, ok: [0, 3]}", "exit 3")
    assert (await made.write([Message(1)]))[0].payload["code"] == 3


async def test_output_is_cut_and_the_program_still_ends(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed, max_output: 1000}", "head -c 5000000 /dev/zero | tr '\\0' x")
    [answer] = await made.write([Message(1)])
    assert len(answer.payload["stdout"]) == 1000 and answer.payload["cut"]


async def test_a_program_that_does_not_end_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/child; wait"
    made = await node(tmp_path, "{command: allowed, time_limit: 300ms}", script)
    with pytest.raises(Rejected, match=r"took longer than 0\.3 s"):
        await made.write([Message(1)])
    child = int((tmp_path / "child").read_text())
    await until(lambda: not alive(child))


async def test_a_cancelled_run_leaves_no_process_behind(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed}", f"echo $$ > {tmp_path}/own; sleep 600")
    task = asyncio.create_task(made.write([Message(1)]))
    await until(lambda: (tmp_path / "own").exists() and (tmp_path / "own").read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(int((tmp_path / "own").read_text()))


@pytest.mark.parametrize("turns", range(6))
async def test_a_run_cancelled_while_it_starts_leaves_no_process_behind(tmp_path: Path, turns: int) -> None:
    made = await node(tmp_path, "{command: allowed}", "sleep 600; sleep 600")
    task = asyncio.create_task(made.write([Message(1)]))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(60):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert not [p for p in psutil.process_iter() if is_in(p, tmp_path / "data")]


def is_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_an_engine_allows_what_its_settings_say_and_nothing_else(tmp_path: Path) -> None:
    text = """
flow: f
nodes:
  in: {type: inject, count: 1, to: [good, bad]}
  good: {type: exec, command: hello, args: [hi], to: out, on_error: failed}
  bad: {type: exec, command: sh, args: [-c, id], to: out, on_error: failed}
  out: {type: log, level: debug}
  failed: {type: log, level: debug}
"""
    engine = Engine(Settings(tmp_path, programs=programs(["hello=/bin/echo"])))
    await engine.deploy(engine.load(text, "f.yaml"))
    stations = engine.flows["f"].stations
    await until(lambda: stations["out"].passed == 1 and stations["failed"].passed == 1)
    assert "not allowed" in stations["bad"].last_error
    await engine.stop(1)


def test_only_programs_by_absolute_path_can_be_allowed(tmp_path: Path) -> None:
    assert programs(["hello=/bin/echo"]) == {"hello": Path("/bin/echo")}
    (tmp_path / "text").touch()
    for wrong in ("hello", "hello=echo", f"x={tmp_path}/text", f"x={tmp_path}", "=/bin/echo"):
        with pytest.raises(SystemExit, match="--allow-exec takes"):
            programs([wrong])
    assert os.access("/bin/echo", os.X_OK)


READER = """import os, sys
for line in sys.stdin:
    word = line.strip()
    if word == "die": sys.exit("no more")
    if word == "hang": __import__("time").sleep(60)
    print("x" * 5000 if word == "long" else f"{os.getpid()} {word}", flush=True)"""


async def test_a_program_that_keeps_running_answers_line_by_line_and_is_started_anew(tmp_path: Path) -> None:
    options = "{command: allowed, keep_running: true, time_limit: 60s, max_output: 2KiB}"
    made = await node(tmp_path, options, "exec python3 program.py")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/program.py").write_text(READER)
    answers = [(await made.write([Message(text)]))[0].payload for text in ("one", {"two": 2})]
    (first, one), (second, two) = (each["stdout"].split(" ") for each in answers)
    assert (one, two) == ("one", '{"two":2}') and first == second and answers[0]["took_ms"] > 0
    for fatal, why in (("die", "allowed ended with 1: no more"), ("long", "more than 2048 bytes in a line")):
        with pytest.raises(Rejected, match=why):
            await made.write([Message(fatal)])
        [answer] = await made.write([Message("again")])
        assert answer.payload["stdout"].endswith(" again") and not answer.payload["stdout"].startswith(f"{first} ")
    with pytest.raises(Rejected, match="line end"):
        await made.write([Message("a\nb")])
    last = int((await made.write([Message("still")]))[0].payload["stdout"].split(" ")[0])
    await made.close()
    assert not psutil.pid_exists(last)


async def test_a_program_that_keeps_running_and_hangs_is_ended(tmp_path: Path) -> None:
    made = await node(tmp_path, "{command: allowed, keep_running: true, time_limit: 300ms}", "exec sleep 60")
    with pytest.raises(Rejected, match=r"took longer than 0\.3 s"):
        await made.write([Message("x")])
    await made.close()


def test_a_program_that_keeps_running_has_fixed_arguments() -> None:
    given = {"command": "a", "args": ["{device}"], "keep_running": True}
    assert [option for option, _ in Exec.check(Exec.config_type().model_validate(given))] == ["args"]
