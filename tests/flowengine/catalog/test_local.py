"""Node files in a folder: known to check, tests and schema; refused with their line when they are wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

NODE = '''"""`twice`: doubles."""

from flowengine import Config, Example, Transform


class TwiceConfig(Config):
    """Settings."""

    by: int = 2
    """Factor."""


class Twice(Transform):
    """Double the payload."""

    config: TwiceConfig
    examples = (Example("One", given=[1], gives=[2]),)

    def process(self, messages):
        return [m.with_payload(m.payload * self.config.by) for m in messages]
'''
FLOW = """flow: n
nodes:
  a: {type: inject, payload: 4, count: 1, to: t}
  t: {type: twice, to: l}
  l: {type: log}
tests:
  - {name: doubles, expect: {t: [{payload: 8}]}}
"""


def flowengine(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The catalog is one a process: each call is one of its own."""
    command = [sys.executable, "-m", "flowengine", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=150)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine/transforms").mkdir(parents=True)
    (tmp_path / "mine/transforms/twice.py").write_text(NODE)
    (tmp_path / "n.yaml").write_text(FLOW)
    return tmp_path


def test_a_folder_of_node_files_needs_no_package(folder):
    assert "1 passed, 0 failed" in flowengine(folder, "test", "--nodes", "mine", "n.yaml").stdout
    assert "Double the payload." in flowengine(folder, "nodes", "--nodes", "mine", "twice").stdout
    assert '"node.twice"' in flowengine(folder, "schema", "--nodes", "mine").stdout
    assert "unknown type 'twice'" in flowengine(folder, "check", "n.yaml").stdout


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("transforms/twice.py", "x = (\n", "twice.py:1: '(' was never closed"),
        ("transforms/twice.py", "\nimport nothing_of_the_kind\n", "twice.py:2: ModuleNotFoundError"),
        ("transforms/map.py", NODE, "there is a map already; give the file another name"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(folder, name, text, words):
    (folder / "mine" / name).write_text(text)
    refused = flowengine(folder, "check", "--nodes", "mine", "n.yaml")
    assert refused.returncode != 0
    assert words in refused.stderr


def test_a_folder_without_node_files_is_refused(tmp_path):
    assert "has no node files" in flowengine(tmp_path, "schema", "--nodes", ".").stderr
    assert "is no folder" in flowengine(tmp_path, "schema", "--nodes", "none").stderr
