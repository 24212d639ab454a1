"""`flowengine spool` on the folder and against a real engine: running spools, orphans, purging."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.flowengine.cli.running import running
from tests.waiting import wait_until

Run = Callable[..., Any]
FLOW = """flow: f
nodes:
  in: {type: inject, payload: {n: '{n}'}, every: 10ms, count: 5, to: out}
  out: {type: mqtt_out, connection: away, topic: t, durable: {max: 10MiB}}
connections:
  away: {type: mqtt, url: 'mqtt://127.0.0.1:9'}
"""
WITHOUT = "flow: f\nnodes:\n  in: {type: inject, payload: 1, every: 1h, to: out}\n  out: {type: log}\n"


def waiting(command: Run) -> tuple[int, str]:
    """Messages and state of the spool; (-1, "") where there is none."""
    row = r"^f/out +(\d+) +\d+ +.+Z? +(in use|orphan|no engine runs)$"
    found = re.search(row, command("spool", "ls").stdout, re.MULTILINE)
    return (int(found[1]), found[2]) if found else (-1, "")


def test_what_waits_is_seen_while_running_and_after_and_purged(command: Run, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FLOW)
    with running(tmp_path, "--no-editor", "f.yaml"):
        wait_until(lambda: waiting(command) == (5, "in use"), says=lambda: command("spool", "ls").stdout)
        [head, row] = command("spool", "ls").stdout.splitlines()
        assert "OF KiB" in head and "FULL IN" in head and re.search(r" 10240 +\d+ (s|min|h|d) ", row), row
        refused = command("spool", "export", "f/out")
        assert refused.returncode == 1 and "an engine has f/out; stop it first" in refused.stderr, "no orphan"
        oldest = command("spool", "peek", "f/out", "--count", "2").stdout.splitlines()
        assert len(oldest) == 2 and '"n"' in oldest[0]
    assert waiting(command) == (5, "no engine runs")
    looked = [json.loads(line) for line in command("spool", "peek", "f/out", "--count", "99").stdout.splitlines()]
    assert [message["payload"]["n"] for message in looked] == [0, 1, 2, 3, 4]
    (tmp_path / "f.yaml").write_text(WITHOUT)
    with running(tmp_path, "--no-editor", "f.yaml"):
        assert waiting(command) == (5, "orphan"), "a node that is gone leaves its spool"
        assert [json.loads(line) for line in command("spool", "export", "f/out").stdout.splitlines()] == looked
        assert command("spool", "purge", "f/out").stdout == "5 messages dropped\n"
        assert command("spool", "ls").stdout == "no spools\n"


def test_purging_says_what_is_on_its_way_and_stays(command: Run, tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FLOW)
    with running(tmp_path, "--no-editor", "f.yaml"):
        wait_until(lambda: waiting(command) == (5, "in use"))
        said = re.fullmatch(
            r"(\d) messages dropped, (\d) are on their way and stay\n", command("spool", "purge", "f/out").stdout
        )
        assert said and int(said[1]) + int(said[2]) == 5
        assert waiting(command) == (int(said[2]), "in use")


def test_wrong_names_are_refused(command: Run) -> None:
    assert command("spool", "ls").stdout == "no spools\n"
    assert "no spool" in command("spool", "peek", "f/out").stderr
    wrong = command("spool", "purge", "f")
    assert wrong.returncode == 1 and "FLOW/NODE" in wrong.stderr
