"""Shells complete commands, options and values from the scripts, as real shells read them."""

import shutil
import subprocess

import pytest

from flowengine import cli
from flowengine.cli.completion import all_places


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["completion", shell]) == 0
    return capsys.readouterr().out


def said(shell: str, text: str) -> list[str]:
    program = shutil.which(shell)
    assert program, f"{shell} is not installed: run `./dev setup`"
    done = subprocess.run([program], input=text, capture_output=True, text=True, timeout=150, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.split()


COMPLETED = [  # not told apart by their sets, whose order differs from process to process
    (("",), {"run", "check", "completion", "simulate"}),
    (("ru",), {"run"}),
    (("run", "--li"), {"--listen"}),
    (("check", "--format", ""), {"text", "json"}),
    (("spool", ""), {"ls", "peek", "export", "purge"}),
    (("spool", "ls", "--da"), {"--data"}),
    (("simulate", "gateway", "--pa"), {"--pace"}),
]
NAMES = [" ".join(words) or "nothing" for words, _ in COMPLETED]


@pytest.mark.parametrize(("words", "wanted"), COMPLETED, ids=NAMES)
def test_bash_completes(words: tuple[str, ...], wanted: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    line = " ".join(f"'{word}'" for word in ("flowengine", *words))
    ask = f'COMP_WORDS=({line}); COMP_CWORD={len(words)}; _flowengine; printf "%s\\n" "${{COMPREPLY[@]}}"'
    found = said("bash", f"cd /var/empty 2>/dev/null || cd /; {script('bash', capsys)}\n{ask}\n")
    assert wanted <= set(found)
    if words[-1]:
        assert wanted == set(found)


@pytest.mark.parametrize(("words", "wanted"), COMPLETED, ids=NAMES)
def test_fish_completes(words: tuple[str, ...], wanted: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    line = " ".join(("flowengine", *words))
    text = f"cd /; {script('fish', capsys)}\ncomplete -C '{line}' | string split -f1 \\t\n"
    assert wanted <= set(said("fish", text))


def test_zsh_reads_its_script(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"autoload -U compinit && compinit -u -D\n{script('zsh', capsys)}\nprint -r -- $_comps[flowengine]\n"
    assert said("zsh", text) == ["_bash_complete", "-o", "filenames", "-F", "_flowengine"]


def test_every_command_and_kind_is_a_place() -> None:
    paths = {" ".join(place.path) for place in all_places()}
    assert {"", "run", "spool ls", "simulate fleet", "user add"} <= paths
