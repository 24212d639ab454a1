"""What is secret in a dataclass is left out of its repr, which tracebacks and logs show."""

import ast
from collections.abc import Iterator

from tests.house.sources import definitions, modules, tree

SECRET = ("password", "passphrase", "token", "secret", "community", "auth_key", "privacy_key")


def _shown() -> Iterator[str]:
    for path in modules():
        for name, node in definitions(tree(path)):
            if not isinstance(node, ast.ClassDef) or "dataclass" not in map(_called, node.decorator_list):
                continue
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    is_secret = field.target.id in SECRET and "str" in ast.unparse(field.annotation)
                    if is_secret and "repr=False" not in ast.unparse(field):
                        yield f"{path}::{name}.{field.target.id}"


def _called(decorator: ast.expr) -> str:
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


def test_no_dataclass_shows_a_secret() -> None:
    assert list(_shown()) == []
