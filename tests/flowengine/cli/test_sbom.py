"""`flowengine sbom` names the engine, what it is installed with, and the very texts that run."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import pytest

from flowengine import DISTRIBUTION, cli

FLOW = "flow: one\nnodes:\n  tick: {type: inject, every: 1h, to: out}\n  out: {type: log}\n"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, object]]:
    assert cli.main(["sbom", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["purl"] == f"pkg:pypi/{DISTRIBUTION}@{version(DISTRIBUTION)}"
    return {component["name"]: component for component in found["components"]}


def test_libraries_have_their_versions_and_flows_their_digests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.yaml").write_text(FLOW)
    found = printed(capsys, str(tmp_path))
    assert found["aiohttp"]["version"] == version("aiohttp") and DISTRIBUTION not in found
    digest = hashlib.sha256(FLOW.encode()).hexdigest()
    assert found[str(tmp_path / "one.yaml")]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    (tmp_path / "one.yaml").write_text(FLOW.replace("1h", "2h"))
    assert printed(capsys, str(tmp_path))[str(tmp_path / "one.yaml")]["hashes"] != [
        {"alg": "SHA-256", "content": digest}
    ]
