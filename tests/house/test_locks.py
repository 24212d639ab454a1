"""The lock files know every dependency of pyproject.toml, in an allowed version, with hashes. Asks no package host."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.sources import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {
    "requirements.lock": [*PROJECT["dependencies"], *EXTRAS["uvloop"], *EXTRAS["cluster"]],
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


def _required(package: str, python: str) -> list[str]:
    """What an installed package asks for with that Python; its extras are not looked at."""
    environment = {**default_environment(), "python_version": python.rpartition(".")[0], "python_full_version": python}
    try:
        told = [Requirement(text) for text in requires(package) or ()]
    except PackageNotFoundError:
        return []  # of another Python, or of another lock
    return [each.name for each in told if each.marker is None or each.marker.evaluate({**environment, "extra": ""})]


@pytest.mark.parametrize("python", ["3.11.2", "3.13.5"])
@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_is_whole_with_the_python_of_each_debian(name: str, python: str) -> None:
    locked = _locked(name)
    missing = {f"{each} (of {package})" for package in locked for each in _required(package, python)
               if canonicalize_name(each) not in locked}  # fmt: skip
    assert not missing
