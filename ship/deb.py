"""The Debian package: an environment below /opt, a unit, a user, folders, settings. Needs no root and no dpkg."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

from flowengine.cli.service_unit import DEFAULTS, unit
from ship import bundle
from ship.archive import ar, tar_gz

PREFIX = "/opt/flowengine"
CONFFILES = ("/etc/flowengine/flows/README", "/etc/default/flowengine")


def deb(out: Path, work: Path, root: Path, wheels: Path, ours: Path, version: str, time_s: int) -> Path:
    """The package in `out`, for the Python and the machine that build it."""
    stage = work / "deb"
    _environment(stage, work, root, wheels, ours)
    _system_files(stage, root)
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    control = work / "control"
    control.mkdir()
    for script in ("postinst", "prerm", "postrm"):
        shutil.copy(root / "ship" / "debian" / script, control)
        (control / script).chmod(0o755)
    (control / "control").write_text(_control(version, architecture, stage))
    (control / "conffiles").write_text("".join(f"{path}\n" for path in CONFFILES))
    (control / "md5sums").write_text("".join(_md5sums(stage)))
    package = out / f"flowengine-iot_{version}_{architecture}.deb"
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": tar_gz(control, time_s),
        "data.tar.gz": tar_gz(stage, time_s),
    }
    package.write_bytes(ar(members, time_s))
    return package


def _environment(stage: Path, work: Path, root: Path, wheels: Path, ours: Path) -> None:
    """What the bundle's own script installs, moved to where it will lie."""
    bundle.fill(work / "inside", root, wheels, ours)
    target = stage / PREFIX.lstrip("/")
    target.parent.mkdir(parents=True)
    environment = {**os.environ, "PYTHON": system_python(), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(work / "inside" / "install.sh"), str(target)]
    subprocess.run(command, env=environment, check=True, stdout=sys.stderr)  # noqa: S603 -- our own script
    for script in (target / "bin").iterdir():
        if script.name.startswith(("activate", "Activate")):
            script.unlink()
        elif not script.is_symlink():
            script.write_text(script.read_text().replace(str(target), PREFIX))
    config = target / "pyvenv.cfg"
    config.write_text("".join(line for line in config.open() if not line.startswith("command")))
    for compiled in target.rglob("__pycache__"):
        shutil.rmtree(compiled)
    for direct in target.rglob("direct_url.json"):  # says where on the building machine the wheel lay
        direct.unlink()
    for record in target.rglob("RECORD"):  # holds hashes of these, and of the scripts as they were before they moved
        kept = [line for line in record.read_text().splitlines() if not _is_changed(line.partition(",")[0])]
        record.write_text("\n".join(kept) + "\n")


def _is_changed(recorded: str) -> bool:
    return recorded.startswith("../../../bin/") or recorded.endswith("direct_url.json")


def system_python() -> str:
    """Debian's own Python, which the package will run on."""
    return "/usr/bin/python3"


def _system_files(stage: Path, root: Path) -> None:
    files: dict[str, bytes] = {
        "usr/lib/systemd/system/flowengine.service": unit(f"{PREFIX}/bin/flowengine").encode(),
        "etc/default/flowengine": DEFAULTS.encode(),
        "etc/flowengine/flows/README": (root / "ship" / "debian" / "flows-README").read_bytes(),
        "usr/share/doc/flowengine-iot/copyright": (root / "ship" / "debian" / "copyright").read_bytes(),
        "usr/share/doc/flowengine-iot/changelog.gz": _gz(root / "CHANGELOG.md"),
        "usr/share/man/man1/flowengine.1.gz": _gz(root / "docs" / "flowengine.1"),
        "usr/share/bash-completion/completions/flowengine": _completion(root, "bash"),
        "usr/share/fish/vendor_completions.d/flowengine.fish": _completion(root, "fish"),
    }
    for name, content in files.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_bytes(content)
    (stage / "usr/bin").mkdir()
    (stage / "usr/bin/flowengine").symlink_to(f"{PREFIX}/bin/flowengine")


def _gz(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _completion(root: Path, shell: str) -> bytes:
    command = [sys.executable, "-m", "flowengine", "completion", shell]
    return subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 -- ours


def _control(version: str, architecture: str, stage: Path) -> str:
    ask = "import sys; print('%d.%d %d.%d' % (*sys.version_info[:2], sys.version_info[0], sys.version_info[1] + 1))"
    said = subprocess.run([system_python(), "-c", ask], check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
    least, next_ = said.split()
    size_kib = sum(path.stat().st_size for path in stage.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    return f"""\
Package: flowengine-iot
Version: {version}
Architecture: {architecture}
Maintainer: The flowengine authors <flowengine@localhost>
Installed-Size: {size_kib}
Depends: python3 (>= {least}), python3 (<< {next_}), passwd
Section: net
Priority: optional
Description: flow engine for plants, farms and labs
 YAML flows move data from devices to databases, and nothing that was acknowledged is lost. Runs as the service
 flowengine, with flows in /etc/flowengine/flows and data in /var/lib/flowengine.
"""


def _md5sums(stage: Path) -> Iterator[str]:
    for path in sorted(stage.rglob("*")):
        relative = path.relative_to(stage).as_posix()
        if path.is_file() and not path.is_symlink() and f"/{relative}" not in CONFFILES:
            yield f"{md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {relative}\n"
