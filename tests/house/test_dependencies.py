"""What pyproject.toml requires is what the code imports: no more, no less."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT, tracked, tree

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SHIPPED = ("flowengine", "nodes", "web_editor")
OWN = {*SHIPPED, "flowengine_iot"}


def _names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def _imported() -> set[str]:
    """Distributions whose packages the shipped code imports."""
    tops: set[str] = set()
    for path in tracked("*.py"):
        if path.parts[0] in SHIPPED:
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Import):
                    tops |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    tops.add(node.module.partition(".")[0])
    homes = packages_distributions()
    foreign = tops - set(sys.stdlib_module_names) - OWN
    return {canonicalize_name(home) for top in foreign for home in homes.get(top, [top])}


REQUIRED = _names(PROJECT["dependencies"])
EXTRA = _names([text for name, texts in PROJECT["optional-dependencies"].items() if name != "dev" for text in texts])
COMES_WITH = {"pydantic-core": "pydantic", "referencing": "jsonschema", "anyio": "mcp"}
"""Other halves of what is required, which their owners tell us to import."""
NEIGHBOURS = {"googleapis-common-protos"}
"""Share a folder (`google`) with what is imported, and are not."""
DATA = {"tzdata"}
"""Read by zoneinfo, not imported by us."""


def test_what_is_required_is_imported() -> None:
    assert REQUIRED - _imported() - DATA == set()


def test_what_is_imported_is_required() -> None:
    named = REQUIRED | EXTRA
    missing = {name for name in _imported() - named - NEIGHBOURS if COMES_WITH.get(name) not in named}
    assert {name for name in missing if not name.startswith("opentelemetry-")} == set()
