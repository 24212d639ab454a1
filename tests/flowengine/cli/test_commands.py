"""Every command has help with examples, says what its exit status means, and others can be added."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from flowengine import cli

ALL = {**{name: f"flowengine.cli.{name}" for name in cli.COMMANDS}, **cli.added()}


@pytest.mark.parametrize("name", ALL)
def test_help_shows_examples_of_the_command_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "examples:" in shown
    assert f"flowengine {name}" in shown.partition("examples:")[2]


def test_the_list_of_commands_has_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in ALL)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["check"], ["simulate"], ["plan", "one"]])
def test_a_wrong_call_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: flowengine" in capsys.readouterr().err


def test_the_simulator_comes_by_the_entry_point() -> None:
    assert cli.added()["simulate"] == "nodes.simulator.command"


def test_a_package_adds_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module = ModuleType("their_command", "Greet.")
    module.HELP, module.EXAMPLES = "greet", "examples:\n  flowengine greet Ann"  # type: ignore[attr-defined]
    module.add_arguments = lambda parser: parser.add_argument("name")  # type: ignore[attr-defined]
    module.run = lambda options: print(f"hello {options.name}") or 7  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "their_command", module)
    monkeypatch.setattr(cli, "added", lambda: {"greet": "their_command"})
    assert cli.main(["greet", "Ann"]) == 7
    assert capsys.readouterr().out == "hello Ann\n"


def test_every_command_is_a_file_of_its_own() -> None:
    folder = Path(importlib.import_module("flowengine.cli").__path__[0])
    assert {f"{name}.py" for name in cli.COMMANDS} <= {file.name for file in folder.glob("*.py")}


@pytest.mark.parametrize("arguments", [["dead", "ls"], ["spool", "ls"], ["schema"]], ids=" ".join)
def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "flowengine", *arguments],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (cli.FAILED, b"")
