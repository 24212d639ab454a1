"""The artefacts of dist/ and a bare Debian for each trial. Run by `./dev test --artefacts`, not by pytest alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ship.build import ROOT
from ship.trials.chroot import Chroot, base

DIST = ROOT / "dist"
FLOW = """\
flow: trial
connections:
  db: {type: sql, url: "sqlite:///trial.db"}
nodes:
  clock: {type: inject, every: 100ms, payload: {value: 1}, to: store}
  store: {type: sql_out, connection: db, table: readings, create: true, columns: {value: payload.value}}
"""
# Some seconds after it runs, however long its start took; its own exit status is the script's.
RUN = """\
cd /
log=$(mktemp)
COMMAND 2>"$log" & engine=$!
until grep -q "flows running" "$log"; do kill -0 $engine || { cat "$log"; exit 1; }; sleep 0.2; done
sleep 3
kill -TERM $engine
wait $engine
"""
COUNT = """\
python3 - DATA/connections/trial.db <<'END'
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM readings").fetchone()[0])
END
"""


def artefact(pattern: str) -> Path:
    """The one that was built."""
    [found] = DIST.glob(pattern)
    return found


def moves_data(chroot: Chroot, command: str, data: str, *, flows: str = "/flow.yaml", user: str = "root") -> int:
    """Rows in the database after some seconds of `command run`, which must stop in order."""
    if flows == "/flow.yaml":
        chroot.path(flows).write_text(FLOW)
    run = f"{command} run {flows} --data {data} --listen 127.0.0.1:8880"
    chroot.run(RUN.replace("COMMAND", run), user=user)
    return int(chroot.run(COUNT.replace("DATA", data)))


@pytest.fixture
def chroot(tmp_path: Path) -> Iterator[Chroot]:
    """A bare Debian with python3 alone."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    yield Chroot.copied(base(ROOT / ".cache"), tmp_path)
    subprocess.run(["rm", "-rf", "--one-file-system", str(tmp_path)], check=False)
