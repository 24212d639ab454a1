"""One name on PyPI, everywhere: `flowengine` alone is another project there."""

import re
import tomllib

import flowengine
import flowengine_iot
from tests.house.sources import ROOT, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# `pip install flowengine`, "flowengine[otel]", dependencies = ["flowengine>=1"], but no flowengine-iot.
WRONG = re.compile(
    r"(pipx? install|uv add|pip download)[^\n`]*?[ ]['\"]?flowengine(?![-_\w/])"
    r"|flowengine\[\w|dependencies = \[['\"]flowengine['\"<>=]"
)
ABOUT_IT = {"docs/decisions/0018-the-name.md", "tests/house/test_distribution.py"}


def test_the_name_and_the_version_stand_the_same_everywhere() -> None:
    assert PROJECT["name"] == flowengine.DISTRIBUTION == flowengine_iot.NAME
    assert PROJECT["version"] == flowengine.__version__


def test_nobody_is_told_to_install_the_other_project() -> None:
    found = []
    for path in tracked():
        if path.suffix in {".md", ".py", ".toml", ".yaml", ".ts", ".tsx", ".sh", ""} and str(path) not in ABOUT_IT:
            text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
            found += [f"{path}: {match.group()}" for match in WRONG.finditer(text)]
    assert found == []


def test_the_search_finds_the_wrong_name() -> None:
    wrong = ("pip install flowengine", "pip install -U flowengine", "flowengine[otel]", 'dependencies = ["flowengine"]')
    for text in wrong:
        assert WRONG.search(text), text
    for text in ("pip install flowengine-iot", "pip install ./flowengine/x", "pip uninstall -y flowengine"):
        assert not WRONG.search(text), text
