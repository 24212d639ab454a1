"""Every command has help with examples, says what its exit status means, and others can be added."""

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from flowengine import cli
from flowengine.cli.arguments import arguments, called, help_of, kinds, parser_of

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


def test_garbage_is_collected_once_the_command_is_loaded() -> None:
    code = "import gc, sys, flowengine_iot as start; sys.argv[1:] = ['nodes', 'filter']; start.main()"
    code += "; print(gc.isenabled())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "True"


@pytest.mark.parametrize("arguments", [["check"], ["simulate"], ["plan", "one"]])
def test_a_call_that_lacks_something_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: flowengine" in capsys.readouterr().err


def test_a_slip_in_the_name_of_a_command_gets_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["chek", "flows/"]) == 2
    assert capsys.readouterr().err.startswith("flowengine: there is no command 'chek'; did you mean check?\n")
    assert cli.main(["zzz"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_the_bare_command_shows_the_first_five_things_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    shown = [line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  flowengine ")]
    assert shown == ["demo", "new", "test", "run", "nodes"] and set(shown) <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_argument_has_help_and_says_its_default(name: str) -> None:
    def check(parser: argparse.ArgumentParser) -> None:
        for action in arguments(parser):
            said = help_of(action, parser.prog)
            assert said, f"{parser.prog}: {called(action)} has no help"
            assert "default None" not in said and "default []" not in said and "default False" not in said, said
            if action.option_strings and action.nargs != 0 and action.default not in (None, "", []):
                assert str(action.default) in said, f"{parser.prog}: {called(action)} does not say {action.default!r}"
        for _, _, inner in kinds(parser):
            check(inner)

    check(parser_of(name, importlib.import_module(ALL[name])))


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


@pytest.mark.parametrize("arguments", [["nodes"], ["sbom", "flows"]])
def test_output_that_does_not_fit_on_the_disk_is_one_line(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "flowengine", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3], check=False,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, "flowengine: cannot write the output: No space left on device\n")
