"""The lock files know every dependency of pyproject.toml, in an allowed version, with hashes. Asks no package host."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.sources import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {
    "requirements.lock": [*PROJECT["dependencies"], *EXTRAS["uvloop"]],
    "requirements-dev.lock": [*PROJECT["dependencies"], *EXTRAS["uvloop"], *EXTRAS["dev"]],
    "requirements-docs.lock": PYPROJECT["dependency-groups"]["docs"],
    "requirements-build.lock": [*PYPROJECT["dependency-groups"]["build"], *PYPROJECT["build-system"]["requires"]],
}


def _locked(name: str) -> dict[str, tuple[Version, int]]:
    """Version and number of hashes by package."""
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / name).read_text(), flags=re.M)
    pins = [(re.match(r"([\w.-]+)==([^\s;]+)", entry), entry.count("--hash=sha256:")) for entry in entries]
    return {canonicalize_name(pin[1]): (Version(pin[2]), hashes) for pin, hashes in pins if pin}


@pytest.mark.parametrize("name", WANTED)
def test_the_lock_satisfies_every_requirement(name: str) -> None:
    locked = _locked(name)
    for text in WANTED[name]:
        requirement = Requirement(text)
        package = canonicalize_name(requirement.name)
        assert package in locked, f"{requirement.name} is not in {name}: run ./dev lock"
        assert requirement.specifier.contains(locked[package][0], prereleases=True), (
            f"{text} against {name}: run ./dev lock"
        )


@pytest.mark.parametrize("name", WANTED)
def test_every_pin_has_hashes(name: str) -> None:
    locked = _locked(name)
    assert len(locked) > len(WANTED[name])
    assert not [package for package, (_, hashes) in locked.items() if hashes == 0]
