"""The sequences of tests/vectors/mqtt_sequences.json through the cloud's flow: repeated, late, retained, odd clocks.

Each is a site of its own; its times are moved to now, which its rules compare them with.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flowengine.engine import Engine, Settings
from nodes.clients.mqtt import MqttClient, MqttSettings, Publication
from tests.examples.conftest import EXAMPLES, subscribed
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

SEQUENCES = json.loads((Path(__file__).parents[1] / "vectors" / "mqtt_sequences.json").read_text("utf-8"))
Sequence = dict[str, Any]
LATEST = {"retained_then_live": 20.0, "clock_in_future": 20.6}
"""Where the vector says it in words: what is an hour old, or two hours ahead, does not stay the latest value."""


def publications(sequence: Sequence) -> list[Publication]:
    """Its arrivals as an edge publishes them, the last one measured in thirty seconds, before
    which all have arrived."""
    payloads = [json.loads(arrival["payload"]) for arrival in sequence["arrivals"]]
    times = [datetime.fromisoformat(payload["ts"]) for payload in payloads]
    shift = datetime.now(UTC) + timedelta(seconds=30) - times[-1]
    topic = f"v1/farm/{sequence['name']}/gw/telemetry/env"
    made = []
    for arrival, payload, time in zip(sequence["arrivals"], payloads, times, strict=True):
        said = {**payload, "ts": (time + shift).isoformat(), "site": sequence["name"], "device": "gw"}
        made.append(Publication(topic, json.dumps(said).encode(), arrival["qos"], arrival["retain"]))
    return made


def stored(data: Path, site: str) -> list[float]:
    """Its points, by time."""
    with closing(sqlite3.connect(data / "connections" / "cloud.db")) as database:
        try:
            rows = database.execute("SELECT value FROM points WHERE site_id = ? ORDER BY time", [site])
        except sqlite3.OperationalError:
            return []
        return [value for (value,) in rows]


def expected(sequence: Sequence) -> list[float]:
    """How many points and of which values: each once, of two at one time the later."""
    by_time = {json.loads(a["payload"])["ts"]: json.loads(a["payload"])["metrics"]["t_c"] for a in sequence["arrivals"]}
    return sorted(by_time.values())


async def test_sequences_are_stored_once_and_the_newest_is_the_latest(tmp_path: Path, new_mosquitto: Any) -> None:
    """F1, F4: a repeated key makes no second point; order of arrival and a wrong clock hide no newer value."""
    broker: Mosquitto = new_mosquitto()
    engine = Engine(Settings(data_dir=tmp_path, overrides={"mqtt_url": broker.url}))
    client = MqttClient(MqttSettings(url=broker.url))
    await client.start()
    await client.wait_connected(60)
    try:
        made = {sequence["name"]: publications(sequence) for sequence in SEQUENCES}
        retained = [each for publications in made.values() for each in publications if each.retain]
        await client.publish_many(retained)
        await engine.deploy(engine.load_file(EXAMPLES / "iotferme_cloud" / "iotferme_cloud.yaml"))
        await subscribed(broker, "v1/farm/+/+/telemetry/+")
        for name in made:
            await client.publish_many([each for each in made[name] if not each.retain])
        for sequence in SEQUENCES:
            site, wanted = sequence["name"], expected(sequence)
            await until(lambda site=site, wanted=wanted: sorted(stored(tmp_path, site)) == wanted)
            latest = sequence.get("latest_value", LATEST.get(site))
            point = await until(lambda site=site: engine.rtdb.get(f"{site}/A-PP-03/t_c"))
            assert latest in (None, point.value), site
            if "after_dedupe_keys" in sequence:
                assert len(wanted) == len(sequence["after_dedupe_keys"])
            if "stored_last_write_wins" in sequence:
                assert wanted == [sequence["stored_last_write_wins"]]
        keys = {(name, json.loads(each.payload)["idempotency_key"]) for name in made for each in made[name]}
        assert engine.flows["iotferme_cloud"].stations["flat"].received == len(keys)
    finally:
        await client.close()
        await engine.stop(1)
