"""Simulators of one's own: found in a folder, run with seed, faults and ledger as the built-in ones are."""

from pathlib import Path

import pytest

from flowengine import cli
from nodes.simulator.own import load

MINE = """
from nodes.simulator.perform import perform
from .words import GREETING

KNOWN = {"mute": "it says nothing"}
PRESETS = {"none": {}, "default": {}}
DEVICES = 3

def add_arguments(parser):
    parser.add_argument("--loud", action="store_true")

def make(options):
    if options.devices > 9:
        raise ValueError("that is too many")

    async def simulate(agenda, switches, ledger):
        if not switches.happens("mute", 0):
            ledger.enter("said", what_was=GREETING, loud=options.loud, devices=options.devices)
        await perform(agenda, options.seconds)

    return simulate
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "simulator.py").write_text(MINE)
    (tmp_path / "words.py").write_text("GREETING = 'hello'\n")
    return tmp_path


def test_a_folder_is_run_with_its_arguments_and_those_of_all_simulators(folder: Path) -> None:
    ledger = folder / "ledger.jsonl"
    call = ["simulate", "own", str(folder), "--loud", "--seconds", "0.01", "--ledger", str(ledger)]
    assert cli.main(call) == 0
    assert '"what_was":"hello","loud":true,"devices":3' in ledger.read_text()
    assert cli.main([*call, "--fault", "mute=1"]) == 0
    assert "hello" not in ledger.read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--devices", "10"], "that is too many"),
        (["--fault", "mut=1"], "did you mean mute"),
        (["--faults", "rough"], "or use one of none, default"),
    ],
)
def test_a_wrong_call_is_explained_as_for_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert cli.main(["simulate", "own", str(folder), *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_a_folder_without_a_simulator_or_with_half_of_one_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no simulator"):
        load(tmp_path / "nowhere")
    (folder / "simulator.py").write_text(MINE.replace("DEVICES = 3", ""))
    with pytest.raises(ValueError, match="says no DEVICES"):
        load(folder)
