"""Every recipe of the cookbook: right, tested, small, with a page; and a project that starts from it."""

import re
from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.cli import main
from flowengine.cookbook import recipes, sentence_of, title_of
from flowengine.engine import Settings
from flowengine.testing.runner import FlowTests

DOCS = Path(__file__).parents[2] / "docs/cookbook.md"


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_is_small_tested_and_has_a_page(name: str, tmp_path: Path) -> None:
    folder = recipes()[name]
    file = folder / f"{name}.yaml"
    assert len(file.read_text("utf-8").splitlines()) <= 60
    assert len((folder / "README.md").read_text("utf-8").splitlines()) <= 12
    lines = len(file.read_text("utf-8").splitlines())
    row = next(line for line in DOCS.read_text("utf-8").splitlines() if f"cookbook/{name}/README.md" in line)
    assert sentence_of(folder) in row and f"| {lines} |" in row
    tests = FlowTests(file, Settings(tmp_path), installed())
    cases = tests.cases()
    assert [str(problem) for problem in tests.problems] == []
    assert cases
    assert [(result.name, result.lines, result.warnings) for result in tests.run(cases)] == [
        (c.name, [], []) for c in cases
    ]


def test_every_recipe_speaks_french_in_the_editor() -> None:
    source = (DOCS.parents[1] / "web_editor/ui/src/screens/recipes.ts").read_text("utf-8")
    assert re.findall(r"^  (\w+): \[", source, re.MULTILINE) == sorted(recipes())


def test_a_project_starts_from_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--from", "thirty_pumps", str(tmp_path / "mine")]) == 0
    flows = tmp_path / "mine/flows"
    assert sorted(file.name for file in flows.iterdir()) == ["pumps.csv", "thirty_pumps.yaml"]
    assert main(["test", str(flows)]) == 0
    assert "1 passed" in capsys.readouterr().out


def test_recipes_are_listed_and_a_wrong_name_is_mended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--from", "?"]) == 0
    listed = capsys.readouterr().out
    assert all(f"{name:<16} {title_of(folder)}" in listed for name, folder in recipes().items())
    assert main(["new", "--from", "smart_metre", "x"]) == 1
    assert "did you mean smart_meter?" in capsys.readouterr().out
    assert main(["new"]) == 1
