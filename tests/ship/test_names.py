"""The wheel claims `flowengine` and one file, whatever else is called `nodes`; its sources are those of the tree."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ship.names import NotMovable, rewritten
from tests.house.sources import ROOT

FOREIGN_NODE = """
from flowengine import Config, Messages, Transform

class Settings(Config):
    \"\"\"None.\"\"\"

class Marked(Transform):
    \"\"\"Marks what comes.\"\"\"
    Config = Settings
    def process(self, messages: Messages) -> Messages:
        return [message.with_payload("marked") for message in messages]
"""
START = "import flowengine_iot; sys.exit(flowengine_iot.main())"
FLOW = """
flow: both
nodes:
  clock: {type: inject, every: 1s, payload: 1, to: mine}
  mine: {type: marked, to: seen}
  seen: {type: log}
tests:
  - {name: a message passes both packages' nodes, run: 3s, expect: {seen: {count: 3, first: {payload: marked}}}}
"""


def test_imports_of_moved_packages_get_their_new_name_and_nothing_else_changes() -> None:
    source = (
        "from nodes.clients import mqtt  # of nodes.clients\nfrom nodes import logic\nfrom . import nodes\n"
        "import nodes.logic.crc as crc\nimport nodesque\nx = {'nodes': 1}\n"
        "if x:\n    from web_editor.a import (\n        b,\n    )\n"
    )
    assert rewritten(source) == (
        "from flowengine.nodes.clients import mqtt  # of nodes.clients\nfrom flowengine.nodes import logic\n"
        "from . import nodes\nimport flowengine.nodes.logic.crc as crc\nimport nodesque\nx = {'nodes': 1}\n"
        "if x:\n    from flowengine.web_editor.a import (\n        b,\n    )\n"
    )


@pytest.mark.parametrize("line", ["import nodes.logic", "run('-m', 'nodes.simulator.device')", "from  nodes import x"])
def test_what_would_keep_its_old_name_fails_the_build(line: str) -> None:
    with pytest.raises(NotMovable):
        rewritten(line)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages in which our wheel stands beside one of somebody's that has a `nodes` of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    env = {**os.environ, "FLOWENGINE_WEB_BUILD": "skip", "PYTHONPATH": str(ROOT / ".cache/build")}
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = folder.glob("flowengine_iot-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _python(site: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # -S: the environment's own editable install of this checkout must not be found
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *libraries])}
    command = [sys.executable, "-S", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=150, check=False)


def test_the_wheel_claims_one_package_and_one_file(site: Path) -> None:
    claimed = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert claimed == {"flowengine", "flowengine_iot.py"}
    for path in site.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert str(node.module).partition(".")[0] not in {"nodes", "web_editor"}, path


def test_nodes_of_the_wheel_and_of_a_foreign_package_called_nodes_run_in_one_flow(site: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "nodes/transforms").mkdir(parents=True)
    (theirs / "nodes/__init__.py").write_text("OWN = True\n")
    (theirs / "nodes/transforms/__init__.py").write_text("")
    (theirs / "nodes/transforms/marked.py").write_text(FOREIGN_NODE)
    (theirs / "acme-1.dist-info").mkdir()
    (theirs / "acme-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    (theirs / "acme-1.dist-info/entry_points.txt").write_text("[flowengine.nodes]\nacme = nodes\n")
    (tmp_path / "both.yaml").write_text(FLOW)
    code = f"import sys; sys.path.insert(0, {str(theirs)!r}); import nodes; assert nodes.OWN; {START}"
    done = _python(site, "-c", code, "test", "both.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = _python(site, "-m", "flowengine", "nodes", cwd=tmp_path)
    assert "mqtt_in" in listed.stdout and "marked" not in listed.stdout, listed


def test_the_command_refuses_a_package_of_its_name_that_is_not_ours(site: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "flowengine").mkdir(parents=True)
    (other / "flowengine/__init__.py").write_text("raise SystemExit('theirs was run')\n")
    code = f"import sys; sys.path.insert(0, {str(other)!r}); {START}"
    said = _python(site, "-c", code, "--version", cwd=tmp_path)
    assert said.returncode == 2, said
    assert said.stderr == (
        f"flowengine: the package in {other / 'flowengine'} belongs to another project of the name flowengine: "
        "pip uninstall -y flowengine flowengine-iot, then pip install flowengine-iot\n"
    )
