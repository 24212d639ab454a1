"""The image, built by a real builder, runs by its own words: as its user, on a read-only root, with its health check.

Its base in the trial is a bare Debian with python3 in the place of the one that the Containerfile names.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ship.build import ROOT
from ship.container import stages, texts
from ship.trials.chroot import Chroot, base
from ship.trials.conftest import COUNT, FLOW


@pytest.mark.timeout(600)
def test_the_image_is_built_and_moves_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _storage(tmp_path, monkeypatch)
    scratch = _buildah("from", "scratch")
    _buildah("add", "-q", scratch, str(base(ROOT / ".cache")), "/")
    _buildah("commit", "-q", scratch, texts(stages(ROOT / "Containerfile")[-1], "FROM")[0])
    out = tmp_path / "out"
    subprocess.run([sys.executable, "-m", "ship.build", "image", "--out", str(out)], cwd=ROOT, check=True)

    [archive] = out.glob("*-image.tar")
    container = _buildah("from", f"docker-archive:{archive}")
    said: dict[str, Any] = json.loads(_buildah("inspect", container))["Docker"]["config"]
    chroot = Chroot(Path(_buildah("mount", container)))
    chroot.path("/flows/trial.yaml").write_text(FLOW)
    script = f"""
        export {shlex.join(said["Env"])}
        if touch /flows/x /opt/x 2>/dev/null; then echo the root is writable; exit 1; fi
        {shlex.join(said["Entrypoint"] + said["Cmd"])} & engine=$!
        until {shlex.join(said["Healthcheck"]["Test"][1:])} 2>/dev/null; do kill -0 $engine; sleep 0.5; done
        sleep 3
        kill -TERM $engine
        wait $engine
    """
    [volume] = said["Volumes"]
    chroot.run(script, user=said["User"], writable=volume)
    assert int(chroot.run(COUNT.replace("DATA", volume))) > 0


def _storage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of images that is this test's own and needs nothing of the kernel."""
    stored = f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n'
    (folder / "storage.conf").write_text(stored)
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(folder / "storage.conf"))
    monkeypatch.setenv("BUILDAH_ISOLATION", "chroot")


def _buildah(*words: str) -> str:
    done = subprocess.run(["buildah", *words], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()
