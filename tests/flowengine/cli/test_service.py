"""The service: one unit is printed, documented and installed; systemd understands it, and is told how things are."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from flowengine.cli import main
from flowengine.cli.notify import Notify
from flowengine.cli.service_unit import unit
from tests.house.sources import ROOT

FLOW = "flow: one\nnodes:\n  tick: {type: inject, every: 1h, to: out}\n  out: {type: log}\n"


def test_the_documented_unit_is_the_one_that_is_installed() -> None:
    assert (ROOT / "docs/flowengine.service").read_text() == unit("/opt/flowengine/bin/flowengine")


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    file = tmp_path / "flowengine.service"
    file.write_text(re.sub(r"^Documentation=.*\n", "", unit("/bin/true"), flags=re.M))
    done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, timeout=150, check=False)
    ours = [line for line in done.stderr.splitlines() if "flowengine.service" in line]
    assert done.returncode == 0 and ours == [], done.stderr


def of_group(name: str) -> set[str]:
    """The system calls of a group of systemd's, or the one of that name."""
    if not name.startswith("@"):
        return {name}
    command = ["systemd-analyze", "syscall-filter", name]
    said = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True).stdout
    words = [line.strip() for line in said.splitlines()[1:]]
    return {call for word in words if word and not word.startswith("#") for call in of_group(word)}


def test_a_log_in_ends_no_service_by_a_system_call_that_its_unit_does_not_allow() -> None:
    lines = unit("/bin/true").splitlines()
    assert "SystemCallErrorNumber=EPERM" in lines
    allowed: set[str] = set()
    for words in (line.partition("=")[2] for line in lines if line.startswith("SystemCallFilter=")):
        calls = {call for word in words.removeprefix("~").split() for call in of_group(word)}
        allowed = allowed - calls if words.startswith("~") else allowed | calls
    assert {"setpriority", "prlimit64", "flock", "socket", "clone3"} <= allowed  # of web_editor/auth/hashing.py and all
    assert not {"mount", "ptrace", "reboot", "setuid", "sched_setscheduler"} & allowed


def test_only_root_installs_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["service", "prepare"]) == main(["service", "install"]) == 1
    assert "this needs root: sudo " in capsys.readouterr().err


async def test_systemd_hears_when_flows_run_that_the_loop_turns_and_that_it_stops(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(FLOW)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowengine", "run", "one.yaml", "--no-editor", "--listen", "127.0.0.1:0",
            cwd=tmp_path, env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"},
        )  # fmt: skip
        loop, said = asyncio.get_running_loop(), []
        async with asyncio.timeout(55):
            while said.count("WATCHDOG=1") < 3:
                said += (await loop.sock_recv(heard, 4096)).decode().splitlines()
            process.terminate()
            while "STOPPING=1" not in said:
                said += (await loop.sock_recv(heard, 4096)).decode().splitlines()
            assert await process.wait() == 0
    assert said[:3] == ["READY=1", "STATUS=flows running: 1", "WATCHDOG=1"]


async def test_nobody_who_did_not_ask_is_told_anything() -> None:
    notify = Notify({"WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"})
    notify.ready("x")
    await asyncio.wait_for(notify.keep_alive(), 60)
