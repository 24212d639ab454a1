"""The image of the Containerfile, by whichever builder this machine has, as an archive. Asks the host of its base."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

BUILDERS = ("buildah", "podman", "docker")  # the last one needs a daemon


def image(out: Path, work: Path, root: Path, bundle: Path, version: str) -> Path:
    """`flowengine-iot-VERSION-image.tar` in `out`, which `docker load` and `podman load` read.

    Raises `SystemExit` where there is no builder. Only the bundle is its context.
    """
    tool = next(filter(None, map(shutil.which, BUILDERS)), None)
    if tool is None:
        raise SystemExit(f"dev: an image needs one of {', '.join(BUILDERS)}")
    context = work / "image"
    (context / "dist").mkdir(parents=True)
    shutil.copy(bundle, context / "dist")
    tag, archive = f"flowengine-iot:{version}", out / f"flowengine-iot-{version}-image.tar"
    # OCI's own format has no health check
    environment = {**os.environ, "BUILDAH_FORMAT": "docker"}
    save = (
        ["push", tag, f"docker-archive:{archive}:{tag}"]
        if tool.endswith("buildah")
        else ["save", "-o", str(archive), tag]
    )
    for words in (["build", "-f", str(root / "Containerfile"), "-t", tag, str(context)], save):
        subprocess.run([tool, *words], env=environment, check=True, stdout=sys.stderr)  # noqa: S603 -- fixed arguments
    return archive
