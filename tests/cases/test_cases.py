"""Small flows whose `tests:` say what is right; each stands for a kind of fault that there was once."""

from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.engine import Settings
from flowengine.testing.runner import FlowTests

FLOWS = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_the_tests_of_a_small_flow_pass(file: Path, tmp_path: Path) -> None:
    tests = FlowTests(file, Settings(tmp_path), installed())
    cases = tests.cases()
    assert [problem for problem in tests.problems if problem.severity != "warning"] == [] and cases
    assert [(result.name, result.lines) for result in tests.run(cases) if not result.ok] == []
