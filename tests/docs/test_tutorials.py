"""Each tutorial is done as a reader does it: its files are written, its commands run, and print what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

PAGES = sorted(path for path in (ROOT / "docs/tutorials").glob("*.md") if path.name != "README.md")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./-]+)`:\s*\Z")
# `run` is stopped as by Ctrl+C: in front once its flows run, behind where the page waits for its end. A package is
# installed into a folder of the test's own. What still runs when a command fails is ended: its output is waited for.
SHELL = """\
set -e
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
flowengine() {
    if [ "$1 $2" = "cluster up" ]; then exec "$PYTHON" -m flowengine "$@"; fi
    if [ "$1" != run ]; then "$PYTHON" -m flowengine "$@"; return; fi
    if [ $BASHPID != $$ ]; then exec "$PYTHON" -m flowengine "$@" --listen 127.0.0.1:0; fi
    "$PYTHON" -m flowengine "$@" --listen 127.0.0.1:0 >said.txt 2>&1 &
    until grep -q "flows running: " said.txt || ! kill -0 $!; do sleep 0.05; done
    kill $!
    builtin wait $! || { cat said.txt; return 1; }
    cat said.txt
}
wait() {
    [ "$1" != "$ENGINE" ] || kill "$1"
    builtin wait "$1"
}
pip() {
    if [ "$2" != flowengine-iot ]; then
        PYTHONPATH=$BUILD "$PYTHON" -m pip install -q --no-deps --no-build-isolation --target "$SITE" "$2"
    fi
}
"""


def done(page: Path, folder: Path) -> tuple[str, list[str]]:
    """What the commands of a page printed, and what it says they print."""
    text, script, said, end = page.read_text(), SHELL, [], 0
    for fence in FENCE.finditer(text):
        before, end = text[end : fence.start()], fence.end()
        if fence[1] == "sh":
            script += fence[2]
        elif fence[1] == "text":
            said += [line.strip() for line in fence[2].splitlines()]
        else:
            named = FILE.search(before)
            assert named, f"{page.name}: which file is this?\n{fence[2][:200]}"
            script += f"mkdir -p $(dirname {named[1]}); cat >{named[1]} <<'END OF FILE'\n{fence[2]}END OF FILE\n"
    env = {**os.environ, "PYTHON": sys.executable, "BUILD": str(ROOT / ".cache/build"), "SITE": str(folder / "site")}
    env["PYTHONPATH"] = env["SITE"]
    (folder / "work").mkdir()
    ran = subprocess.run(
        ["bash", "-c", script], cwd=folder / "work", env=env, capture_output=True, text=True, timeout=600, check=False
    )
    assert ran.returncode == 0, f"{page.name}:\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout + ran.stderr, said


@pytest.mark.timeout(660)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_does_what_it_says(page: Path, tmp_path: Path) -> None:
    printed, said = done(page, tmp_path)
    assert [line for line in said if line not in printed] == [], printed


def test_the_overview_names_every_tutorial() -> None:
    overview = (ROOT / "docs/tutorials/README.md").read_text()
    assert len(PAGES) >= 4 and all(f"({page.name})" in overview for page in PAGES)
