"""One owner at a time; a lease ends with its process, and each owner has a larger epoch."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from flowengine.store.leases import FileLeases
from flowengine.store.port import Taken
from flowengine.store.spool.disk import Disk

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
    lease.release()
    lease.release()
    assert leases.take("engine", "process 2").epoch == 2


def test_no_file_is_needed_for_a_lease(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mock.patch("os.mkdir", side_effect=OSError(errno.ENOSPC, "No space left on device")):
        lease = FileLeases(tmp_path).take("engine", "this one")
    assert "the disk is full" in caplog.text
    with pytest.raises(Taken):
        FileLeases(tmp_path).take("engine", "the other")
    lease.release()
    assert FileLeases(tmp_path).take("engine", "the other").epoch == 1


def test_a_file_is_locked_where_the_file_system_locks_no_folder(tmp_path: Path) -> None:
    with mock.patch.object(Disk, "lock_folder", side_effect=OSError(errno.EBADF, "Bad file descriptor")):
        FileLeases(tmp_path).take("engine", "this one")
        with pytest.raises(Taken, match="this one"):
            FileLeases(tmp_path).take("engine", "the other")


def test_a_lease_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "1\n"
        with pytest.raises(Taken, match="the other"):
            FileLeases(tmp_path).take("engine", "this one")
        other.kill()
        other.wait()
    assert FileLeases(tmp_path).take("engine", "this one").epoch == 2
