"""`flowengine alarm` against a real engine, with the editor and without."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodes.clients.mqtt import MqttClient
from nodes.clients.mqtt.settings import MqttSettings
from tests.flowengine.cli.running import mode, running
from tests.servers.mosquitto import Mosquitto
from tests.waiting import wait_until

FLOW = """flow: hall
nodes:
  c1: {type: inject, payload: {device: c1, value: 9}, every: 1h, to: hot}
  c2: {type: inject, payload: {device: c2, value: 9.5}, every: 1h, to: hot}
  hot: {type: alert, by: "{device}", when: payload.value > 8, title: "{device} is hot", priority: high, to: out}
  out: {type: log}
"""
HEARD = """flow: hall
connections: {{broker: {{type: mqtt, url: "{url}"}}}}
nodes:
  in: {{type: mqtt_in, connection: broker, topic: "{topic}/{{device}}", to: hot}}
  hot: {{type: alert, by: "{{device}}", when: payload.value > 8, stale_after: 3s, expect: [c3], to: out}}
  out: {{type: log}}
"""
GROUPED = (
    FLOW.replace("priority: high", "group: {by: '{payload.hall}'}")
    .replace("9.5}", "9.5, hall: h1}")
    .replace("value: 9}", "value: 9, hall: h1}")
)
Run = Callable[..., Any]


@pytest.fixture(params=[["--no-editor"], []], ids=["without the editor", "with the editor"])
def hall(request: pytest.FixtureRequest, tmp_path: Path, command: Run) -> Any:
    (tmp_path / "hall.yaml").write_text(FLOW)
    with running(tmp_path, *request.param, "hall.yaml") as engine:
        wait_until(lambda: len(listed(command)) == 2)
        yield engine


def listed(command: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in command("alarm", "ls", "--format", "json").stdout.splitlines()]


def states(command: Run) -> dict[str, str]:
    return {alarm["key"]: alarm["state"] for alarm in listed(command)}


def test_an_operator_lists_acknowledges_shelves_and_looks_back(hall: Any, command: Run, tmp_path: Path) -> None:
    text = command("alarm", "ls").stdout
    assert "hall/hot/c1" in text and "c2 is hot" in text and "active unacknowledged" in text
    assert mode(tmp_path / ".flowengine" / "control.sock") == 0o600

    done = command("alarm", "ack", "hall/hot/c1", "--comment", "on my way")
    assert (done.returncode, done.stdout) == (0, "hall/hot/c1: active acknowledged\n")
    again = command("alarm", "ack", "c1")
    assert again.returncode == 1 and "already acknowledged" in again.stderr

    assert command("alarm", "shelve", "c2", "--for", "2h", "--reason", "door open").returncode == 0
    [c2] = [alarm for alarm in listed(command) if alarm["key"] == "c2"]
    assert c2["shelved"]["reason"] == "door open" and c2["shelved"]["until_ms"] - c2["shelved"]["at_ms"] == 7_200_000
    assert c2["shelved"]["by"].startswith("local:")
    assert command("alarm", "unshelve", "c2").returncode == 0
    assert command("alarm", "out-of-service", "c2", "--reason", "dismantled").returncode == 0
    assert command("alarm", "in-service", "c2").returncode == 0

    history = [json.loads(line) for line in command("alarm", "history", "c2", "--format", "json").stdout.splitlines()]
    events = [line["event"] for line in reversed(history)]
    assert [e for e in events if e != "raised"] == ["shelved", "unshelved", "out_of_service", "in_service"]
    assert events[0] == "raised"
    assert "door open" in command("alarm", "history").stdout


def test_what_was_acknowledged_is_known_after_kill_9(hall: Any, command: Run, tmp_path: Path) -> None:
    assert command("alarm", "ack", "--all", "--comment", "seen").returncode == 0
    hall.end(signal.SIGKILL)
    assert "no engine runs" in command("alarm", "ls").stderr
    with running(tmp_path, "--no-editor", "hall.yaml"):
        lines = command("alarm", "history", "--format", "json").stdout.splitlines()
        seen = [event for event in map(json.loads, lines) if event["event"] == "acknowledged"]
        assert {(event["title"], event["comment"]) for event in seen} == {("c1 is hot", "seen"), ("c2 is hot", "seen")}


def test_a_group_is_listed_and_acknowledged_as_one_once(tmp_path: Path, command: Run) -> None:
    (tmp_path / "hall.yaml").write_text(GROUPED)
    with running(tmp_path, "--no-editor", "hall.yaml"):
        wait_until(lambda: len(listed(command)) == 2)
        assert "GROUP" in command("alarm", "ls").stdout
        assert "no alarm of a group 'h9'" in command("alarm", "ack", "--group", "h9").stderr
        done = command("alarm", "ack", "--group", "h1", "--comment", "seen")
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
        assert set(states(command).values()) == {"active_acknowledged"}
        again = command("alarm", "ack", "--all")
        assert (again.returncode, again.stdout) == (0, ""), "nothing is left to acknowledge, and that is no fault"


def test_a_wrong_name_and_a_wrong_call_say_what_is_right(hall: Any, command: Run) -> None:
    unknown = command("alarm", "ack", "c9")
    assert unknown.returncode == 1 and "flowengine alarm ls" in unknown.stderr
    assert command("alarm", "ack").returncode == 1
    assert command("alarm", "shelve", "c1").returncode == 2, "a reason is required"


def test_without_an_engine_it_says_so(command: Run) -> None:
    away = command("alarm", "ls")
    assert away.returncode == 2 and "no engine runs on" in away.stderr


def test_what_a_broker_had_kept_is_shown_as_uncertain_until_a_live_value(
    command: Run, tmp_path: Path, mosquitto: Mosquitto
) -> None:
    topic = f"kept/{tmp_path.name}"
    publish(mosquitto.url, topic, {"c1": 9, "c2": 9, "c3": 9}, retain=True)
    (tmp_path / "hall.yaml").write_text(HEARD.format(url=mosquitto.url, topic=topic))
    with running(tmp_path, "--no-editor", "hall.yaml"):
        wait_until(lambda: {a["key"]: a["uncertain"] for a in listed(command)} == {"c1": True, "c2": True, "c3": True})
        assert "uncertain" in command("alarm", "ls").stdout and set(states(command).values()) == {"normal"}
        wait_until(lambda: [a["key"] for a in listed(command) if a["stale"]] == ["c3"])
        publish(mosquitto.url, topic, {"c1": 9, "c2": 2}, retain=False)
        wait_until(lambda: states(command) == {"c1": "active_unacknowledged", "c3": "normal"})
        history = [json.loads(line) for line in command("alarm", "history", "--format", "json").stdout.splitlines()]
        told = [(e["alarm"].partition("~")[0], e["event"]) for e in history]
        assert sorted(event for _, event in told) == [*["certain"] * 3, "raised", "stale", *["uncertain"] * 3]


def publish(url: str, topic: str, values: dict[str, float], *, retain: bool) -> None:
    async def send() -> None:
        client = MqttClient(MqttSettings(url=url))
        await client.start()
        await client.wait_connected(60)
        for name, value in values.items():
            await client.publish(f"{topic}/{name}", json.dumps({"value": value}).encode(), qos=1, retain=retain)
        await client.close()

    asyncio.run(send())
