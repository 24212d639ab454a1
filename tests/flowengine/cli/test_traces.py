"""`flowengine run --traces` against a real OTLP/HTTP receiver, one that is away, and none that is installed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.amounts import crowding
from tests.flowengine.cli.running import running
from tests.servers.otlp import collecting, values
from tests.servers.ports import next_free_port
from tests.waiting import wait_until

SECRET = "s3cr3t-of-the-plant"
FLOW = """flow: hall
nodes:
  tick: {type: inject, payload: {device: compressor-1, value: 9, note: "${secret:key}"}, topic: "site/PAYLOAD-TOPIC", every: 100ms, to: clean}
  clean: {type: normalise, to: [out, away], on_error: out}
  out: {type: log, level: debug, durable: {max: 1MiB}}
  away: {type: http_request, connection: api, url: "/s3cr3t-of-the-plant"}
connections:
  api: {type: http, url: "http://127.0.0.1:9", token: "${secret:key}"}
"""  # noqa: E501


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLOWENGINE_SECRET_KEY", SECRET)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    (tmp_path / "hall.yaml").write_text(FLOW)
    return tmp_path


def test_a_collector_gets_traces_without_payload_topic_address_or_secret(
    plant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "hall-2")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=acme")
    with (
        collecting() as collector,
        running(plant, "--traces", collector.url, "--trace-sample", "1", "--no-editor", "hall.yaml"),
    ):
        wanted = {"receive tick", "process clean", "commit out", "backlog out", "write out", "settle tick"}
        # `tick` waits for `away` as well, so that its root never ends: another flow's would
        wanted -= {"receive tick", "settle tick"}
        wait_until(lambda: wanted <= set(collector.names()), says=lambda: str(collector.names()))
        wait_until(lambda: any(span.name == "write away" for span in list(collector.spans)))
    assert set(collector.paths) == {"/v1/traces"} and collector.headers[0]["x-tenant"] == "acme"
    assert collector.resources[0]["service.name"] == "hall-2"
    away = next(span for span in collector.spans if span.name == "write away")
    assert values(away.attributes) == {
        "flowengine.flow": "hall", "flowengine.node": "away", "flowengine.type": "http_request",
        "flowengine.messages": 1, "error.type": "Rejected",
    }  # fmt: skip
    said = b"".join(collector.raw)
    for text in (SECRET, "PAYLOAD-TOPIC", "compressor-1", "127.0.0.1:9"):
        assert text.encode() not in said, text


def test_a_whole_trace_hangs_together(plant: Path) -> None:
    (plant / "hall.yaml").write_text(FLOW.replace("[out, away]", "out"))
    with collecting() as collector:
        with running(plant, "--traces", collector.url, "--trace-sample", "1", "--no-editor", "hall.yaml"):
            wait_until(lambda: collector.names().count("settle tick") > 3)
        spans = list(collector.spans)  # what waited was sent when the engine stopped
    trace = next(span.trace_id for span in spans if span.name == "receive tick")
    by_id = {span.span_id: span for span in spans if span.trace_id == trace}
    parents = {span.name: by_id[span.parent_span_id].name for span in by_id.values() if span.parent_span_id}
    assert parents == {
        "process clean": "receive tick", "commit out": "process clean", "backlog out": "commit out",
        "write out": "backlog out", "settle tick": "receive tick",
    }  # fmt: skip
    root = next(span for span in by_id.values() if not span.parent_span_id)
    commit = next(span for span in by_id.values() if span.name == "commit out")
    assert root.start_time_unix_nano <= commit.start_time_unix_nano
    assert commit.end_time_unix_nano <= root.end_time_unix_nano, "acknowledged once it was on disk"


def test_a_dead_collector_harms_nothing_and_is_named_once_until_it_is_back(plant: Path) -> None:
    (plant / "hall.yaml").write_text(FLOW.replace("[out, away]", "out"))
    port = next_free_port()
    arguments = ("--traces", f"http://127.0.0.1:{port}", "--trace-sample", "1", "--no-editor", "hall.yaml")
    with running(plant, *arguments) as engine:
        engine.until_says("away, its traces are left out")
        with collecting(port) as collector:
            engine.until_says("is back")
            wait_until(lambda: collector.names().count("settle tick") > 3)
        began = time.monotonic()
        assert engine.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 6 * crowding(), "what cannot be sent holds nobody up"
    assert sum("away, its traces" in line for line in engine.lines) == 1, engine.lines
    assert not any("Traceback" in line for line in engine.lines)


@pytest.mark.parametrize("url", ["127.0.0.1:4318", "ftp://127.0.0.1", "http://anna:secret@127.0.0.1:4318"])
def test_an_address_that_is_none_is_refused_at_the_start(plant: Path, url: str) -> None:
    done = flowengine(plant, "run", "--traces", url, "hall.yaml")
    assert done.returncode == 2 and "--traces takes http://HOST:PORT" in done.stderr and "secret@" not in done.stderr


def test_without_the_extra_it_says_what_to_install(plant: Path) -> None:
    missing = "import sys; sys.modules['opentelemetry.sdk'] = None; import flowengine.cli as c; sys.exit(c.main({!r}))"
    arguments = ["run", "--traces", "http://127.0.0.1:4318", "hall.yaml"]
    done = subprocess.run(
        [sys.executable, "-c", missing.format(arguments)], cwd=plant, capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 2 and "pip install 'flowengine-iot[otel]'" in done.stderr, done.stderr


@pytest.mark.parametrize("share", ["2", "-0.1", "some"])
def test_a_share_is_between_nothing_and_all(plant: Path, share: str) -> None:
    done = flowengine(plant, "run", "--trace-sample", share, "hall.yaml")
    assert done.returncode == 2 and "--trace-sample" in done.stderr


def test_nobody_who_does_not_ask_imports_it(plant: Path) -> None:
    code = "import sys, flowengine.cli.run; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=150).returncode == 0


def flowengine(folder: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "flowengine", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=150)
