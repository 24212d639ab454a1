"""Where things live: one node a file, the folder is the kind, every room stands in a layer."""

import importlib
import inspect
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from flowengine import node as api
from flowengine.catalog.kinds import FOLDERS, kind_of
from tests.house.sources import ROOT, modules, tracked

NODE_FILES = [
    path
    for path in tracked("nodes/*.py")
    if len(path.parts) == 3 and path.parts[1] in FOLDERS and not path.name.startswith("_")
]
# The package's own rooms that stand in no layer: what a node author imports, and the version.
OUTSIDE_LAYERS = {"flowengine.__init__", "flowengine.__main__"}


@pytest.mark.parametrize("path", NODE_FILES, ids=str)
def test_a_file_holds_one_node_of_its_folders_kind(path: Path) -> None:
    name = ".".join(path.with_suffix("").parts)
    module = importlib.import_module(name)
    kinds = (api.Node, api.Connection)
    here = [thing for thing in vars(module).values() if inspect.isclass(thing) and thing.__module__ == name]
    [node] = [thing for thing in here if issubclass(thing, kinds) and not inspect.isabstract(thing)]
    assert kind_of(node).folder == path.parts[1], f"{node.__name__} is not what belongs into {path.parent}"


def test_nodes_lie_directly_in_the_folder_of_their_kind() -> None:
    assert not [path for path in tracked("nodes/*.py") if path.parts[1] in FOLDERS and len(path.parts) != 3]
    assert not [path for path in tracked("nodes/*.py") if len(path.parts) == 2 and path.name != "__init__.py"]


def test_every_node_has_a_test_of_its_own_name() -> None:
    tests = {path.name for path in tracked("tests/*.py")}
    assert not [str(path) for path in NODE_FILES if f"test_{path.name}" not in tests]


def test_every_room_of_the_engine_stands_in_a_layer() -> None:
    named = {word.strip(" ()") for layer in _layers() for word in layer.replace("|", ":").split(":")}
    rooms = {f"flowengine.{path.with_suffix('').parts[1]}" for path in modules() if path.parts[0] == "flowengine"}
    assert rooms - named - OUTSIDE_LAYERS == set()


def _layers() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["name"] == "imports go down only"]
    found: list[str] = layers
    return found


def test_the_readmes_tree_is_the_tree() -> None:
    layout = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Layout")[2]
    rooms = {path.parts[1] for path in tracked("nodes/*.py") if len(path.parts) > 2}
    assert [room for room in sorted(rooms) if f"{room}/`" not in layout] == []
    [editor] = [line for line in layout.splitlines() if line.startswith("| `web_editor/`")]
    halls = {path.parts[1] for path in tracked("web_editor/*") if len(path.parts) > 2}
    assert {room.strip("/") for room in re.findall(r"`(\w+/)`", editor)} == {"web_editor", *halls}
    tops = {path.parts[0] for path in tracked() if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    assert [top for top in sorted(tops) if f"| `{top}/" not in layout] == []
    written = set(re.findall(r"`([\w/]+)/`", layout))
    below = ("", "nodes/", "web_editor/", "tests/")
    assert [room for room in sorted(written) if not any((ROOT / first / room).is_dir() for first in below)] == []


def test_the_way_down_that_contributing_tells_is_the_contracts() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    way = re.search(r"Imports go down only: `([^`]+)`", re.sub(r"\s+", " ", text))
    assert way is not None
    steps = [[room.strip() for room in step.split(",")] for step in way[1].split("->")]
    levels = [{_level(room) for room in step} for step in steps]
    assert all(max(above) < min(below) for above, below in pairwise(levels))
    named = re.search(r"rooms below them \(([^)]+)\)", text)
    assert named is not None
    assert [room for room in re.findall(r"\w+", named[1]) if not (ROOT / "nodes" / room).is_dir()] == []


def _level(room: str) -> int:
    """How far down the contract has it."""
    full = room if room == "web_editor" else f"flowengine.{room}"
    [level] = [at for at, layer in enumerate(_layers()) if re.search(rf"\({re.escape(full)}\)", layer)]
    return level
