"""`./dev build [WHAT…]`: artefacts into dist/, each with SBOM and provenance, and checksums. Installs nothing."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from ship import bundle
from ship.deb import deb
from ship.image import image
from ship.licences import Component, is_allowed, npm_components, python_components
from ship.sbom import provenance, sbom, sha256, sign, write_beside, write_sums

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("wheel", "sdist", "bundle", "deb")
ON_REQUEST = ("image",)
WHAT = f"{', '.join(KINDS)} (all of these by default); {', '.join(ON_REQUEST)}"
WITH_LIBRARIES = (".deb", "-bundle.tar.gz", "-image.tar")


def main() -> int:
    """Build what was asked for; 1 when a licence is not allowed."""
    parser = argparse.ArgumentParser(prog="./dev build", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=(*KINDS, *ON_REQUEST, []), metavar="WHAT", help=WHAT)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR", help="(%(default)s)")
    parser.add_argument("--version-suffix", default="", metavar="TEXT", help="of the Debian package, such as +1")
    parser.add_argument("--sign", type=Path, metavar="KEY", help="sign the checksums with this Ed25519 key (PEM)")
    options = parser.parse_args()
    refused = [component for component in components() if not is_allowed(component.licence)]
    for component in refused:
        print(f"dev: the licence of {component.name}, {component.licence}, is not let in", file=sys.stderr)
    if refused:
        return 1
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="flowengine-build-") as work:
        made = list(artefacts(options.kinds or KINDS, options.out, Path(work), options.version_suffix))
    for artefact in made:
        account_for(artefact)
    sums = write_sums(options.out)
    if options.sign:
        sign(sums, options.sign)
    print("\n".join(f"{path.stat().st_size / 2**20:8.1f} MiB  {path}" for path in made))
    return 0


def components() -> list[Component]:
    """All that is shipped and not ours."""
    return [
        *python_components(ROOT / "requirements.lock"),
        *npm_components(ROOT / "web_editor" / "ui" / "package-lock.json"),
    ]


def artefacts(kinds: tuple[str, ...] | list[str], out: Path, work: Path, suffix: str) -> Iterator[Path]:
    """Build each kind; where it lies."""
    version, time_s = project_version(), commit_time_s()
    wheel = hatch(out if "wheel" in kinds else work, "wheel", time_s)
    if "wheel" in kinds:
        yield wheel
    if "sdist" in kinds:
        yield hatch(out, "sdist", time_s)
    if {"bundle", "deb", "image"} & set(kinds):
        wheels = bundle.fetch_wheels(ROOT, ROOT / ".cache" / "wheels" / sha256(ROOT / "requirements.lock")[:16])
        if {"bundle", "image"} & set(kinds):
            tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-{os.uname().machine}"
            packed = bundle.bundle(work, f"flowengine-iot-{version}-{tag}-bundle", work, ROOT, wheels, wheel, time_s)
            if "image" in kinds:
                yield image(out, work, ROOT, packed, version)
            if "bundle" in kinds:
                yield Path(shutil.move(packed, out))
        if "deb" in kinds:
            yield deb(out, work, ROOT, wheels, wheel, f"{version}{suffix}", time_s)


def hatch(out: Path, kind: str, time_s: int) -> Path:
    """The wheel or the sdist, built by hatchling of `requirements-build.lock`."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(time_s), "PYTHONPATH": str(ROOT / ".cache" / "build")}
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)  # noqa: S603 -- fixed arguments
    [made] = out.glob("flowengine_iot-*.whl" if kind == "wheel" else "flowengine_iot-*.tar.gz")
    return made


def account_for(artefact: Path) -> None:
    """Write what is in it and where it came from beside it."""
    editor = npm_components(ROOT / "web_editor" / "ui" / "package-lock.json")
    inside = components() if artefact.name.endswith(WITH_LIBRARIES) else list(editor)
    write_beside(artefact, "cdx", sbom(artefact, "flowengine-iot", project_version(), inside))
    locks = [*ROOT.glob("requirements*.lock"), ROOT / "web_editor" / "ui" / "package-lock.json"]
    write_beside(artefact, "provenance", provenance(artefact, commit(), {path.name: sha256(path) for path in locks}))


def project_version() -> str:
    """As pyproject.toml says it."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def commit() -> str:
    """The commit that is built, with a plus when the tree differs from it."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return _git("rev-parse", "HEAD") + ("+" if changed else "")


def commit_time_s() -> int:
    """When that commit was made: the time of every file in an artefact."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct"))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603, S607
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
