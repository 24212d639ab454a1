"""`flowengine dead` on the files and against a real engine: what is redriven is forgotten only once it is settled."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.flowengine.cli.running import running
from tests.waiting import wait_until

Run = Callable[..., Any]
FLOW = """flow: f
nodes:
  in: {{type: inject, payload: {{word: 'w{{n}}'}}, every: 10ms, count: 3, at_start: true, to: step}}
  step: {{type: filter, where: {where}, to: out, on_error: rejected}}
  out: {{type: file_out, path: out.jsonl}}
  rejected: {{type: dead_letter}}
"""
BROKEN, MENDED = "payload.n > 1", "payload.word != ''"


def write(folder: Path, where: str) -> None:
    (folder / "f.yaml").write_text(FLOW.format(where=f'"{where}"'))


def count(command: Run) -> int:
    return str(command("dead", "ls", "--each").stdout).count("f/rejected")


def test_letters_are_listed_shown_redriven_when_mended_and_gone(command: Run, tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    with running(tmp_path, "--no-editor", "f.yaml") as engine:
        wait_until(lambda: count(command) == 3)
        groups = command("dead", "ls").stdout
        assert "3 " in groups and "f/rejected" in groups and "step" in groups
        first = json.loads(command("dead", "show", "1").stdout)
        assert (first["payload"], first["from"], first["in"]) == ({"word": "w0"}, "step", "f/rejected")

        again = command("dead", "redrive", "1")
        assert again.returncode == 0, again.stderr
        wait_until(lambda: "1 " not in ids(command) and count(command) == 3)  # it was rejected once more

        write(tmp_path, MENDED)
        engine.send(signal.SIGHUP)
        wait_until(lambda: redriven(command))
    assert count(command) == 0
    found = list(tmp_path.rglob("out.jsonl"))
    words = [json.loads(line)["word"] for file in found for line in file.read_text().splitlines()]
    assert sorted(set(words)) == ["w0", "w1", "w2"]


def ids(command: Run) -> str:
    return "".join(f"{line.split()[0]} " for line in command("dead", "ls", "--each").stdout.splitlines()[1:])


def redriven(command: Run) -> bool:
    command("dead", "redrive")
    return count(command) == 0


def test_letters_are_purged_by_reason_age_or_all_and_never_by_mistake(command: Run, tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    with running(tmp_path, "--no-editor", "f.yaml"):
        wait_until(lambda: count(command) == 3)
    assert command("dead", "purge").returncode == 1
    assert command("dead", "purge", "f/other").stdout == "letters forgotten: 0\n"
    assert command("dead", "purge", "--older-than", "1h").stdout == "letters forgotten: 0\n"
    assert command("dead", "purge", "--reason", "another").stdout == "letters forgotten: 0\n"
    assert command("dead", "purge", "--from", "step").stdout == "letters forgotten: 3\n"
    assert command("dead", "ls").stdout == "no dead letters\n"


def test_letters_are_named_by_place_and_number_as_spools_are_by_place(command: Run, tmp_path: Path) -> None:
    write(tmp_path, BROKEN)
    with running(tmp_path, "--no-editor", "f.yaml"):
        wait_until(lambda: count(command) == 3)
        assert command("dead", "redrive", "f/other").returncode == 1
        assert command("dead", "redrive", "f/rejected", "1").stdout == "letters given back: 1\n"
        assert command("dead", "redrive", "2", "--in", "f/rejected").stdout == "letters given back: 1\n"
    for place in ("f", "f/rejected"):
        assert command("dead", "ls", place, "--each").stdout.count("f/rejected") == 3
    assert command("dead", "ls", "--each", "f/other").stdout == "no dead letters\n"
    assert json.loads(command("dead", "show", "f/rejected", "3").stdout)["id"] == 3
    assert command("dead", "show", "f/other", "3").returncode == 1
    assert command("dead", "purge", "f/rejected").stdout == "letters forgotten: 3\n"


def test_redriving_needs_an_engine_and_says_so(command: Run) -> None:
    away = command("dead", "redrive")
    assert away.returncode == 2 and "no engine runs" in away.stderr
    assert command("dead", "show", "7").returncode == 1
