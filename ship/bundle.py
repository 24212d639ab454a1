"""The bundle for machines without internet: wheels of all that runs, and one script. Asks a package host by pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ship.archive import tar_gz
from ship.sbom import write_sums

PIP_LOCK = "pip.lock"
DONE = "done"


def fetch_wheels(root: Path, into: Path) -> Path:
    """The folder with a wheel of every package in `requirements.lock` and of pip, for this Python and machine."""
    if (into / DONE).exists():
        return into
    into.mkdir(parents=True, exist_ok=True)
    # A package that has no wheel for this Python is built; without debug symbols, which hold the folder of the build.
    environment = {**os.environ, "CFLAGS": "-g0", "SOURCE_DATE_EPOCH": "315532800"}
    for lock in (root / "requirements.lock", root / "ship" / PIP_LOCK):
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "-r", str(lock), "-w", str(into)]
        subprocess.run(command, env=environment, check=True)  # noqa: S603 -- pip with fixed arguments
    (into / DONE).touch()
    return into


def fill(folder: Path, root: Path, wheels: Path, ours: Path) -> None:
    """What the bundle holds: also the inside of the Debian package is installed from it."""
    (folder / "wheels").mkdir(parents=True)
    for wheel in (*sorted(wheels.glob("*.whl")), ours):
        shutil.copy(wheel, folder / "wheels")
    shutil.copy(root / "requirements.lock", folder)
    shutil.copy(root / "ship" / "install.sh", folder)
    lines = [f"{line.partition('  ')[0]}  wheels/{line.partition('  ')[2]}" for line in _sums(folder / "wheels")]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def _sums(wheels: Path) -> list[str]:
    written = write_sums(wheels)
    lines = written.read_text().splitlines()
    written.unlink()
    return lines


def bundle(out: Path, name: str, work: Path, root: Path, wheels: Path, ours: Path, time_s: int) -> Path:
    """The packed bundle `NAME.tar.gz` in `out`."""
    fill(work / name, root, wheels, ours)
    (out / f"{name}.tar.gz").write_bytes(tar_gz(work / name, time_s, name))
    return out / f"{name}.tar.gz"
