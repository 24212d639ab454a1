"""The first change of CONTRIBUTING.md, made as it stands there, in a copy of this folder."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.house.sources import ROOT, tracked

WALK = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## A first change")[2].partition("\n## ")[0]
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./-]+)`(?: \([^)]*\))?[.:]\s*\Z")
# What holds every node; the rest of the house has nothing to do with a new one, and takes minutes.
HOLDING = ("translations", "generated_docs", "layout", "docstrings", "type_icons")
HOUSE = " ".join(f"tests/house/test_{name}.py" for name in HOLDING)
# Stands in for the door that installs: its commands, with what is installed already.
DOOR = f"""\
#!/bin/bash
set -e
case $1 in
    new-node) exec "$PYTHON" -m tests.house.new_node "$2" ;;
    docs) "$PYTHON" -m tests.house.api_types; exec "$PYTHON" -m flowengine docs docs ;;
    check) exec "$PYTHON" -m ruff check --no-cache nodes tests/nodes ;;
    test) shift; only=(-k "house or double or demo_probe"); asked=()
        for each; do case $each in
            -k) only=() asked+=(-k) ;;
            tests/house) asked+=({HOUSE}) ;;
            tests/nodes) asked+=(tests/nodes/transforms tests/nodes/test_all_nodes.py) ;;
            *) asked+=("$each") ;;
        esac; done
        exec "$PYTHON" -m pytest -q -n 0 -p no:cacheprovider "${{only[@]}}" "${{asked[@]}}" ;;
esac
exit 2
"""
BEFORE = """
git init --quiet && git config user.name me && git config user.email me@example.org
./dev new-node stateful/demo_probe  # stays as it is written: what holds every node holds it, too
git add . && git commit --quiet --message before
"""
ACTIVATE = 'flowengine() { "$PYTHON" -m flowengine "$@"; }\n'


def script() -> str:
    """All that a reader does: files written, commands given."""
    lines, end = ["set -e\n"], 0
    for fence in FENCE.finditer(WALK):
        before, end = WALK[end : fence.start()], fence.end()
        text = textwrap.dedent(fence[3])
        if fence[2] == "sh":
            lines.append(text)
            continue
        named = FILE.search(before)
        assert named, f"which file is this?\n{text[:200]}"
        keep = ""
        if "the last entry of" in before:  # the generator wrote it with words to replace
            first = text.partition("\n")[0]
            keep = f'sed -i "/^{first}/,\\$d" {named[1]}\n'
        lines.append(f"{keep}mkdir -p $(dirname {named[1]}); cat >{'>' if keep else ''}{named[1]} <<'END'\n{text}END")
    return "\n".join(lines) + "\n"


@pytest.mark.timeout(900)  # a minute where nothing else runs
def test_the_first_change_is_made_as_it_is_told(tmp_path: Path) -> None:
    for path in tracked():
        if path.parts[0] not in ("ship", "examples"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / "dev").write_text(DOOR)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/activate").write_text(ACTIVATE)
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", BEFORE + script()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    assert "next:" in done.stdout and "1 flow is right" in done.stdout
    changed = subprocess.run(
        ["git", "show", "--stat", "--format=%s", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert changed.startswith("Undo what devices halved") and "docs/nodes/double.md" in changed
