"""Settings of nodes: what a secret becomes on its way to them."""

from __future__ import annotations

from pathlib import Path

from flowengine.engine import Engine, Settings


def test_a_secret_from_outside_reaches_its_node_unchanged(tmp_path: Path) -> None:
    engine = Engine(Settings(tmp_path, environment={"FLOWENGINE_SECRET_DOOR": "open sesame"}))
    text = "flow: f\nnodes:\n  ask: {type: http_in, path: /x, username: me, password: '${secret:door}'}\n"
    config = engine.load(text, "f.yaml").flow.nodes["ask"].config
    assert config is not None and "sesame" not in repr(config)
    assert config.password.reveal() == "open sesame"  # type: ignore[attr-defined]
