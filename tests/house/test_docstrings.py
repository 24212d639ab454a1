"""Every module says what lives in it; everything public says what it gives."""

import ast
from collections.abc import Iterator

from tests.house.sources import definitions, modules, tracked, tree


def _undocumented() -> Iterator[str]:
    for path in modules():
        if path.parts[0] == "bench":
            continue  # scripts, not an interface
        for name, node in definitions(tree(path)):
            parts = name.split(".")
            public = not any(part.startswith("_") for part in parts)
            # methods are held by their class's docstring and, in nodes, by the base class's
            if public and len(parts) == 1 and not ast.get_docstring(node):
                yield f"{path}: {name}"


def test_every_module_says_what_lives_in_it() -> None:
    files = [path for path in tracked("*.py") if (path.parts[0] != "tests" or path.name != "__init__.py")]
    assert not [str(path) for path in files if not ast.get_docstring(tree(path))]


def test_every_public_class_and_function_has_a_docstring() -> None:
    assert not list(_undocumented())
