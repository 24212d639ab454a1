"""What is tracked holds for every machine: no paths of one computer, no package host, nothing built or secret."""

import re
from pathlib import Path

from tests.house.sources import ROOT, tracked

# Split so that this file does not find itself.
ONE_MACHINE = re.compile(
    "|".join([r"(?<![\w.])/wor" + "k/", "/opt/" + "venv", "/home/" + r"\w+/", "/Use" + r"rs/\w+/"])
)
_HOSTS = ["registry" + r"\.npmjs", "registry" + r"\.yarnpkg", "files" + r"\.pythonhosted", r"pypi\.org" + "/simple"]
_OPTIONS = ["artifac" + "tory", "--(extra-)?" + r"index-url\s+\S", "--find" + r"-links\s+\S"]
PACKAGE_HOST = re.compile("|".join(_HOSTS + _OPTIONS))
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")
NEVER = re.compile(r"(^|/)(__pycache__|node_modules|\.venv|\.env|.*\.pyc|.*\.sqlite3)(/|$)")
TEXT_LIMIT_BYTES = 2_000_000


def _texts() -> list[tuple[Path, str]]:
    files = [path for path in tracked() if (ROOT / path).stat().st_size < TEXT_LIMIT_BYTES]
    return [(path, (ROOT / path).read_text(encoding="utf-8", errors="replace")) for path in files]


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [f"{path}: {match.group()}" for path, text in _texts() if (match := pattern.search(text))]


def test_no_path_of_one_machine_is_tracked() -> None:
    assert not _found(ONE_MACHINE)


def test_no_package_host_is_named() -> None:
    assert not _found(PACKAGE_HOST)


def test_no_private_key_is_tracked() -> None:
    assert not _found(PRIVATE_KEY)


def test_nothing_built_is_tracked() -> None:
    assert not [str(path) for path in tracked() if NEVER.search(path.as_posix())]


def test_scripts_can_be_run() -> None:
    for name in ("dev", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, f"{name} is not executable"
