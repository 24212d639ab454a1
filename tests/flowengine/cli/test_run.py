"""`flowengine run` as a process: what it cannot say stops no flow."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.flowengine.cli.running import wait_until

FLOW = """flow: f
nodes:
  a: {type: inject, every: 20ms, payload: 1, to: rows}
  rows: {type: file_out, path: rows.txt}
"""


def test_a_full_disk_below_its_output_stops_no_flow(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FLOW)
    command = [sys.executable, "-m", "flowengine", "run", "--listen", "127.0.0.1:0", "f.yaml"]
    with (
        Path("/dev/full").open("w") as full,
        subprocess.Popen(command, cwd=tmp_path, stdout=full, stderr=full) as process,
    ):

        def rows() -> int:
            assert process.poll() is None
            return sum(len(file.read_bytes().splitlines()) for file in tmp_path.rglob("rows.txt"))

        try:
            wait_until(lambda: rows() > 5)
            before = rows()
            wait_until(lambda: rows() > before + 5)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
