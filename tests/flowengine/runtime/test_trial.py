"""A connection is tried beside what runs: who answers, how fast, and why nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flowengine.catalog import installed
from flowengine.clock import SystemClock
from flowengine.flow.model import ConnectionSpec
from flowengine.runtime import trial
from flowengine.runtime.connections import ConnectionPool
from flowengine.runtime.trial import Trial, try_connection
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import next_free_port


async def tried(pool: ConnectionPool, type: str, options: Mapping[str, Any]) -> Trial:
    return await try_connection(installed(), pool, ConnectionSpec("it", type, dict(options)), "plant")


@pytest.fixture
def pool(tmp_path: Path) -> ConnectionPool:
    return ConnectionPool(installed(), SystemClock(), tmp_path)


async def test_who_answers_is_told_with_name_and_latency(pool: ConnectionPool) -> None:
    done = await tried(pool, "sql", {"url": "sqlite:///history.db"})
    assert (
        done.answered
        and done.facts["server"].startswith("SQLite 3.")
        and done.latency_ms is not None
        and done.latency_ms < 400
    )
    assert pool.all() == []


@pytest.mark.parametrize(
    ("type", "option", "more"),
    [("mqtt", "mqtt", {}), ("influxdb", "http", {}), ("http", "http", {"allow": ["127.0.0.1"]})],
)
async def test_why_nobody_answers_is_told_in_plain_words(
    pool: ConnectionPool, type: str, option: str, more: dict[str, Any]
) -> None:
    port = next_free_port()
    done = await tried(pool, type, {"url": f"{option}://127.0.0.1:{port}", **more})
    assert not done.answered and done.reason == f"nothing listens at 127.0.0.1:{port}"


async def test_a_line_that_never_opens_is_given_up(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE_S", 1.0)
    port = next_free_port()
    done = await tried(pool, "tcp", {"connect": f"127.0.0.1:{port}"})
    assert not done.answered and "127.0.0.1" in done.reason


async def test_a_session_that_runs_is_not_driven_out(pool: ConnectionPool, mosquitto: Mosquitto) -> None:
    options = {"url": mosquitto.url, "client_id": "plant"}
    running = await pool.acquire(ConnectionSpec("it", "mqtt", options), "plant")
    await running.client.wait_connected(60)  # type: ignore[attr-defined]
    done = await tried(pool, "mqtt", {**options, "keepalive": 20})
    assert done.answered and done.facts == {"server": "MQTT 5", "tls": "none"} and not done.running
    again = await tried(pool, "mqtt", options)
    assert again.answered and again.running
    assert running.up and running.reconnects == 0
    await pool.release(ConnectionSpec("it", "mqtt", options), "plant")
