"""One owner at a time; a lease ends with its process, and each owner has a larger epoch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flowengine.store.leases import FileLeases
from flowengine.store.port import Taken

HOLDS = """
import sys
from pathlib import Path
from flowengine.store.leases import FileLeases
lease = FileLeases(Path(sys.argv[1])).take("engine", "the other")
print(lease.epoch, flush=True)
sys.stdin.read()
"""


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    leases = FileLeases(tmp_path / "leases")
    lease = leases.take("engine", "process 1")
    with pytest.raises(Taken, match="process 1"):
        leases.take("engine", "process 2")
    assert leases.take("something.else", "process 2").epoch == 1
    lease.release()
    lease.release()
    assert leases.take("engine", "process 2").epoch == 2


def test_a_lease_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "1\n"
        with pytest.raises(Taken, match="the other"):
            FileLeases(tmp_path).take("engine", "this one")
        other.kill()
        other.wait()
    assert FileLeases(tmp_path).take("engine", "this one").epoch == 2
