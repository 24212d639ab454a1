"""Each artefact is installed from nothing, without a network, and moves data; nothing of this machine is seen there."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowengine.cli import service_unit
from ship.build import ROOT
from ship.trials.chroot import Chroot
from ship.trials.conftest import DIST, FLOW, artefact, moves_data

pytestmark = pytest.mark.timeout(600)
WHEELS = "/wheels"
# As install.sh does, for a wheel or an sdist instead of the bundle.
INSTALL = f"""
test -z "$(command -v node)$(command -v npm)$(command -v pip)"
python3 -m venv --without-pip /app
export PYTHONPATH=$(echo {WHEELS}/pip-*.whl) PIP_NO_INDEX=1 PIP_FIND_LINKS={WHEELS}
/app/bin/python -m pip install -q /given/*
"""


def give(chroot: Chroot, file: Path) -> None:
    """Put an artefact and the wheels of the bundle into the copy."""
    subprocess.run(["tar", "-xzf", artefact("*-bundle.tar.gz"), "-C", chroot.folder], check=True)
    [inside] = chroot.folder.glob("flowengine-iot-*-bundle")
    shutil.copytree(inside / "wheels", chroot.path(WHEELS))
    for ours in chroot.path(WHEELS).glob("flowengine_iot-*"):
        ours.unlink()
    chroot.path("/given").mkdir()
    shutil.copy(file, chroot.path("/given"))


def test_the_wheel_installs_and_moves_data(chroot: Chroot) -> None:
    give(chroot, artefact("*.whl"))
    chroot.run(INSTALL, within_s=300)
    assert moves_data(chroot, "/app/bin/flowengine", "/data") > 0


def test_the_sdist_installs_without_node_and_has_the_editor(chroot: Chroot) -> None:
    give(chroot, artefact("flowengine_iot-*.tar.gz"))
    lock = ROOT / "requirements-build.lock"
    needed = [line.split("==")[0] for line in lock.read_text().splitlines() if "==" in line and "nodejs" not in line]
    pins = [line.split(" ")[0] for line in lock.read_text().splitlines() if line.split("==")[0] in needed]
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(chroot.path(WHEELS)), *pins]
    subprocess.run(download, check=True)
    chroot.run(INSTALL, within_s=300)
    chroot.run("test -s /app/lib/python3*/site-packages/flowengine/web_editor/dist/index.html")
    assert moves_data(chroot, "/app/bin/flowengine", "/data") > 0


def test_the_bundle_installs_with_one_script_and_moves_data(chroot: Chroot) -> None:
    subprocess.run(["tar", "-xzf", artefact("*-bundle.tar.gz"), "-C", chroot.folder], check=True)
    chroot.run("/flowengine-iot-*-bundle/install.sh /srv/flowengine", within_s=300)
    assert moves_data(chroot, "/srv/flowengine/bin/flowengine", "/data") > 0
    [wheel] = chroot.folder.glob("flowengine-iot-*-bundle/wheels/cobs-*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"!")
    chroot.run("/flowengine-iot-*-bundle/install.sh /srv/other", status=1)


@pytest.fixture(scope="module")
def next_deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of a later version."""
    out = tmp_path_factory.mktemp("next")
    command = [sys.executable, "-m", "ship.build", "deb", "--version-suffix", "+1", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True)
    [made] = out.glob("*.deb")
    return made


def test_the_debian_package_is_installed_upgraded_with_data_and_purged(chroot: Chroot, next_deb: Path) -> None:
    before = chroot.run("find / -xdev -not -path '/proc/*' -not -path '/dev/*' -not -path '/var/lib/dpkg/*' | sort")
    shutil.copy(artefact("*.deb"), chroot.path("/first.deb"))
    shutil.copy(next_deb, chroot.path("/next.deb"))
    chroot.run("dpkg -i /first.deb", within_s=300)
    assert chroot.run("flowengine --version").startswith("flowengine ")
    assert chroot.run("stat -c '%U %a' /var/lib/flowengine") == "flowengine 700\n"
    chroot.path("/etc/flowengine/flows/trial.yaml").write_text(FLOW)
    with chroot.path("/etc/default/flowengine").open("a") as settings:
        settings.write("SITE=hall2\n")
    flows, data = "/etc/flowengine/flows", "/var/lib/flowengine"
    rows = moves_data(chroot, "flowengine", data, flows=flows, user="flowengine")
    assert rows > 0
    chroot.run("dpkg -i /next.deb", within_s=300)
    assert "SITE=hall2" in chroot.path("/etc/default/flowengine").read_text()
    assert moves_data(chroot, "flowengine", data, flows=flows, user="flowengine") > rows
    chroot.run("dpkg --remove flowengine-iot && test -d /var/lib/flowengine && test ! -e /opt/flowengine")
    chroot.run("dpkg --purge flowengine-iot && rm /first.deb /next.deb")
    after = chroot.run("find / -xdev -not -path '/proc/*' -not -path '/dev/*' -not -path '/var/lib/dpkg/*' | sort")
    left = set(after.split()) - set(before.split())
    assert not [path for path in left if "flowengine" in path or path.startswith("/opt/")], left


def test_the_unit_starts_what_the_package_installs(chroot: Chroot) -> None:
    subprocess.run(["dpkg-deb", "-x", artefact("*.deb"), chroot.folder], check=True)
    unit = chroot.path("/usr/lib/systemd/system/flowengine.service").read_text()
    assert unit == service_unit.unit("/opt/flowengine/bin/flowengine")
    [start] = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert start.split()[:2] == ["/opt/flowengine/bin/flowengine", "run"] and "$FLOWENGINE_OPTIONS" in start
    chroot.run(f"{start.split()[0]} --version")


def test_two_builds_are_equal_byte_by_byte(tmp_path: Path) -> None:
    out = tmp_path / "all"
    subprocess.run([sys.executable, "-m", "ship.build", "--out", str(out)], cwd=ROOT, check=True)
    for made in sorted(DIST.iterdir()):
        assert made.read_bytes() == (out / made.name).read_bytes(), f"{made.name} differs"


def test_checksums_sbom_and_provenance_stand_beside_each_artefact() -> None:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=DIST, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    made = [path for path in DIST.iterdir() if path.suffix in {".whl", ".deb", ".gz"}]
    assert len(made) == 4
    for path in made:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sbom = json.loads(path.with_name(f"{path.name}.cdx.json").read_text())
        assert sbom["metadata"]["component"]["hashes"][0]["content"] == digest
        assert {"react", "uplot"} <= {component["name"] for component in sbom["components"]}
        said = json.loads(path.with_name(f"{path.name}.provenance.json").read_text())
        assert said["subject"] == [{"name": path.name, "digest": {"sha256": digest}}]
