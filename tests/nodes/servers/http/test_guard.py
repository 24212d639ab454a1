"""nodes/servers/http/guard.py: a path that asks for a secret is never open by oversight. Requests: test_http_in.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.engine import Engine, Settings
from flowengine.flow.load import Loaded

KINDS = {
    "http_in": "{{type: http_in, path: /in, {guard}, to: out}}",
    "websocket_in": "{{type: websocket_in, path: /in, {guard}, to: out}}",
}
OPEN = "`token` has no value, so that anyone could use this path: define its secret, or say `open: true`"


def loaded(folder: Path, node: str, guard: str, secret: str | None = None) -> Loaded:
    given = {} if secret is None else {"FLOWENGINE_SECRET_DOOR": secret}
    flow = f"flow: f\nnodes:\n  in: {node.format(guard=guard)}\n  out: {{type: log}}\n"
    return Engine(Settings(folder, given)).load(flow, "f.yaml")


def problems(found: Loaded) -> list[str]:
    return [problem.message for problem in found.problems]


@pytest.mark.parametrize("node", KINDS.values(), ids=list(KINDS))
@pytest.mark.parametrize("guard", ["token: '${secret:door:-}'", "token: ''", "token: null"])
def test_a_path_whose_secret_has_no_value_is_refused(tmp_path: Path, node: str, guard: str) -> None:
    assert problems(loaded(tmp_path, node, guard)) == [OPEN]


def test_so_is_one_with_a_name_and_no_password(tmp_path: Path) -> None:
    found = loaded(tmp_path, KINDS["http_in"], "username: edge, password: '${secret:door:-}'")
    assert problems(found) == [OPEN.replace("token", "password")]
    assert problems(loaded(tmp_path, KINDS["http_in"], "username: edge")) == [OPEN.replace("token", "password")]


@pytest.mark.parametrize(
    "guard", ["method: POST", "token: '${secret:door:-}', open: true", "token: '${secret:door:-}', password: of-anna"]
)
def test_a_path_that_is_meant_open_or_has_another_lock_is_not(tmp_path: Path, guard: str) -> None:
    assert problems(loaded(tmp_path, KINDS["http_in"], guard)) == []


def test_a_path_with_its_secret_is_accepted(tmp_path: Path) -> None:
    assert problems(loaded(tmp_path, KINDS["http_in"], "token: '${secret:door:-}'", "open-sesame")) == []
