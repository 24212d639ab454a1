"""The package of docs/writing-nodes.md, taken from the page, works as an installed one."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.sources import ROOT

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"# (\S+\.(?:py|yaml))\n")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The page's files where Python finds them, with what an installer writes of their entry points."""
    for kind, text in FENCE.findall((ROOT / "docs/writing-nodes.md").read_text()):
        named = PATH.match(text)
        assert named or kind != "python", f"no path in the first line of:\n{text}"
        if named:
            file = tmp_path / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.removeprefix(named[0]))
        elif kind == "toml":
            project = tomllib.loads(text)["project"]
        elif kind == "yaml":
            (tmp_path / "acme.yaml").write_text(text)
    (tmp_path / "acme_nodes" / "__init__.py").touch()
    info = tmp_path / "acme_nodes-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["flowengine.nodes"]
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[flowengine.nodes]", *lines, ""]))
    return tmp_path


def flowengine(package: Path, *arguments: str) -> str:
    """What the command prints with that package installed; it must succeed."""
    path = os.pathsep.join([str(package), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "flowengine", *arguments], cwd=package, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_flow_of_the_page_passes_check_and_tests(package: Path) -> None:
    flowengine(package, "check", "acme.yaml")
    assert "2 passed" in flowengine(package, "test", "acme.yaml")


def test_its_nodes_are_described_like_any_other(package: Path) -> None:
    page = flowengine(package, "nodes", "dew_point")
    assert "digits" in page and "Digits after the point." in page
    assert "run_hours" in flowengine(package, "schema")


WORDS = """
from web_editor.palette.translations import words_of
print(words_of(["acme_nodes"], "fr")["transforms"]["dew_point"].options["digits"])
"""


def test_its_words_are_read_in_french(package: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)]), "PYTHONUTF8": "1"}
    words = [sys.executable, "-c", WORDS]
    done = subprocess.run(words, cwd=package, env=environment, capture_output=True, encoding="utf-8", timeout=150)
    assert (done.stdout, done.stderr) == ("Décimales | Chiffres après la virgule.\n", "")


EXAMPLES = """
from flowengine.catalog import installed
from flowengine.testing import differences, run_example
kind = installed().node("dew_point")
print(differences(run_example(kind, kind.examples[0]), kind.examples[0].gives))
"""


def test_its_example_runs_from_python(package: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)])}
    words = [sys.executable, "-c", EXAMPLES]
    done = subprocess.run(words, cwd=package, env=environment, capture_output=True, text=True, timeout=150)
    assert (done.stdout, done.stderr) == ("[]\n", "")
