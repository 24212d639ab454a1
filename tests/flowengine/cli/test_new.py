"""`flowengine new` writes a project that works as it is."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import yaml

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_new_project_checks_and_passes_its_tests(flowengine: Run, tmp_path: Path) -> None:
    made = flowengine("new", "My plant-2")
    assert made.returncode == 0, made.stdout + made.stderr
    flows = tmp_path / "My plant-2" / "flows"
    assert [file.name for file in flows.iterdir()] == ["my_plant_2.yaml"]
    checked = flowengine("check", "--env-file", flows.parent / ".env.example", flows)
    assert checked.returncode == 0, checked.stdout
    tested = flowengine("test", flows)
    assert tested.returncode == 0, tested.stdout
    assert "2 passed" in tested.stdout


def test_the_editor_gets_a_schema_that_the_flow_meets(flowengine: Run, tmp_path: Path) -> None:
    flowengine("new", "p")
    settings = json.loads((tmp_path / "p/.vscode/settings.json").read_text())
    [(schema_file, patterns)] = settings["yaml.schemas"].items()
    schema = json.loads((tmp_path / "p" / schema_file).read_text())
    assert patterns == ["flows/*.yaml"]
    flow = yaml.safe_load((tmp_path / "p/flows/p.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(flow)


def test_what_git_must_not_see_is_ignored(flowengine: Run, tmp_path: Path) -> None:
    flowengine("new", "p")
    assert {".env", "secrets/", ".flowengine/"} <= set((tmp_path / "p/.gitignore").read_text().split())


def test_nothing_is_overwritten(flowengine: Run, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/README.md").write_text("mine")
    again = flowengine("new", "p")
    assert again.returncode == 1
    assert "exists already" in again.stdout
    assert [file.name for file in (tmp_path / "p").iterdir()] == ["README.md"]
    assert (tmp_path / "p/README.md").read_text() == "mine"
