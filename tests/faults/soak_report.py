"""reports/soak.md: one row for each proof with what it printed, written as the proofs end. A pytest plugin, no tests.

pytest -p tests.faults.soak_report …
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

import pytest

FILE = Path("reports/soak.md")
HEAD = """# Delivery proofs, long form

Begun {began}; commit {commit}; Python {python}, {cores} cores.

| proof | outcome | took | figures |
|---|---|---|---|
"""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin the report; workers of pytest-xdist write none."""
    if hasattr(session.config, "workerinput"):
        return
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(
        HEAD.format(
            began=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            commit=commit.stdout.strip() or "unknown",
            python=platform.python_version(),
            cores=os.cpu_count(),
        )
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add the row of a proof; in a worker of pytest-xdist the same report reaches the main process later."""
    if "PYTEST_XDIST_WORKER" in os.environ or not (report.when == "call" or report.failed):
        return
    name = report.nodeid.rpartition("/")[2].replace("::", ": ").replace("_", " ")
    said = " ".join(report.capstdout.split()) if report.passed else str(report.longrepr).splitlines()[-1]
    with FILE.open("a") as file:
        file.write(f"| {name} | {report.outcome} | {report.duration:.0f} s | {said[:600].replace('|', '/')} |\n")
