"""What the Containerfile says, step by step in a chroot: as its user, on a read-only root, with its health check."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest

from ship.build import ROOT
from ship.container import stages, texts
from ship.trials.chroot import Chroot
from ship.trials.conftest import COUNT, FLOW, artefact


@pytest.mark.timeout(600)
def test_the_steps_of_the_image_run_and_the_result_moves_data(chroot: Chroot) -> None:
    build, final = stages(ROOT / "Containerfile")
    shutil.copy(artefact("*-bundle.tar.gz"), chroot.path("/tmp"))
    for step in texts(build, "RUN"):
        chroot.run(step, within_s=300)
    for copied in texts(final, "COPY"):
        *options, source, target = copied.split()
        owner = next((option.partition("=")[2] for option in options if option.startswith("--chown=")), "0:0")
        chroot.run(f"test {source} = {target} || cp -a {source} {target}; chown -R {owner} {target}")
    chroot.path("/flows/trial.yaml").write_text(FLOW)
    command = [*json.loads(texts(final, "ENTRYPOINT")[0]), *json.loads(texts(final, "CMD")[0])]
    health = json.loads(texts(final, "HEALTHCHECK")[0].partition("CMD ")[2])
    script = f"""
        export {texts(final, "ENV")[0]}
        if touch /flows/x /opt/x 2>/dev/null; then echo the root is writable; exit 1; fi
        {shlex.join(command)} & engine=$!
        sleep 8
        {shlex.join(health)}
        kill -TERM $engine
        wait $engine
    """
    [user] = texts(final, "USER")
    [volume] = texts(final, "VOLUME")
    chroot.run(script, user=user, writable=volume)
    assert int(chroot.run(COUNT.replace("DATA", volume))) > 0
