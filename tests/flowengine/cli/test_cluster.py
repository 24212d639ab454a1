"""The commands of a cluster, on a real server: what they print, and how they end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from flowengine import cli
from flowengine.cli import cluster, cluster_options
from flowengine.store.jetstream import client
from flowengine.store.port import Away
from tests.flowengine.cli.conftest import Run
from tests.servers.nats import NatsCluster

FLOW = "flow: f\nnodes:\n  tick: {type: inject, every: 1h, to: out}\n  out: {type: log}\n"


def test_a_flow_is_deployed_run_by_a_worker_and_told(tmp_path: Path, flowengine: Run, one_nats: NatsCluster) -> None:
    servers = ("--nats", one_nats.urls, "--replicas", "1", "--name-space", f"c{uuid.uuid4().hex[:8]}")
    flow = tmp_path / "f.yaml"
    flow.write_text(FLOW)
    planned = flowengine("deploy", flow, "--dry-run", *servers)
    assert planned.returncode == 3 and "+ tick: starts" in planned.stdout
    assert flowengine("deploy", flow, *servers).returncode == 0
    assert "runs as it is" in flowengine("deploy", flow, *servers).stdout
    flow.write_text(FLOW.replace("1h", "2h"))
    assert flowengine("deploy", flow, "--dry-run", *servers).returncode == 3
    assert flowengine("cluster", "evict", "nobody", *servers).returncode == 1
    command = [sys.executable, "-m", "flowengine", "worker", "--listen", "127.0.0.1:0", *servers]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        assert any("worker " in line for line in worker.stderr)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def test_servers_that_do_not_answer_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster_options, "PATIENCE_S", 0.0)
    monkeypatch.setattr(client, "CONNECT_S", 0.3)
    (tmp_path / "f.yaml").write_text(FLOW)
    with pytest.raises(SystemExit) as ended:
        cli.main(["deploy", str(tmp_path / "f.yaml"), "--nats", "nats://127.0.0.1:9"])
    said = f"{capsys.readouterr().err}{ended.value.code}"
    assert said == "flowengine: no NATS server answers at nats://127.0.0.1:9\n2"


def test_servers_that_fall_silent_meanwhile_are_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "connected", AsyncMock(side_effect=Away("NATS does not answer: no leader")))
    assert cli.main(["cluster", "status", "--nats", "nats://127.0.0.1:9"]) == 1
    assert capsys.readouterr().err == "flowengine: NATS does not answer: no leader\n"


def test_a_cluster_that_has_just_been_started_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "connected", AsyncMock(side_effect=Away("the servers were asked")))
    told = {"urls": ["nats://127.0.0.1:9"], "replicas": 1}
    started = threading.Timer(0.5, (tmp_path / "cluster.json").write_text, [json.dumps(told)])
    started.start()
    assert cli.main(["cluster", "status", "--dir", str(tmp_path)]) == 1
    assert "the servers were asked" in capsys.readouterr().err
    started.join()
