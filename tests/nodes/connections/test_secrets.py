"""Whatever a connection is given as a secret, neither its settings nor those of its client show it."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.catalog import installed
from nodes.clients.http.client import HttpSettings
from nodes.clients.influxdb.client import InfluxClient
from nodes.clients.influxdb.settings import InfluxSettings
from nodes.clients.mqtt import MqttSettings
from nodes.clients.sql import SqlSettings

SECRET = "sesame-of-ours"
GIVEN: dict[str, dict[str, Any]] = {
    "http": {"url": f"http://me:{SECRET}@127.0.0.1:1", "token": SECRET, "headers": {"X-Key": SECRET}},
    "amqp": {"url": "amqp://127.0.0.1:1", "username": "me", "password": SECRET},
    "influxdb": {"url": f"http://me:{SECRET}@127.0.0.1:1", "token": SECRET, "password": SECRET},
    "kafka": {"servers": ["127.0.0.1:1"], "username": "me", "password": SECRET},
    "mqtt": {"url": f"mqtt://me:{SECRET}@127.0.0.1:1", "password": SECRET},
    "nats": {"url": f"nats://me:{SECRET}@127.0.0.1:1", "password": SECRET, "token": SECRET},
    "opcua": {"url": "opc.tcp://127.0.0.1:1", "username": "me", "password": SECRET},
    "redis": {"url": f"redis://me:{SECRET}@127.0.0.1:1", "password": SECRET},
    "snmp": {"host": "127.0.0.1", "community": SECRET, "auth_key": SECRET, "privacy_key": SECRET},
    "sql": {"url": f"postgresql://me:{SECRET}@127.0.0.1/x", "password": SECRET},
}


@pytest.mark.parametrize("name", installed().connection_types())
def test_settings_of_a_connection_show_no_secret(name: str) -> None:
    model = installed().connection(name).config_type()
    assert name in GIVEN or not {"password", "token", "headers", "community"} & set(model.model_fields)
    config = model.model_validate(GIVEN.get(name, {})) if name in GIVEN else None
    assert SECRET not in repr(config) + (config.model_dump_json() if config else "")


def test_settings_of_clients_show_no_secret() -> None:
    url = f"mqtt://me:{SECRET}@127.0.0.1:1"
    influx = InfluxClient(InfluxSettings(**GIVEN["influxdb"]))
    shown = [
        MqttSettings(url=url, password=SECRET),
        HttpSettings(headers={"Authorization": SECRET}),
        SqlSettings.read(GIVEN["sql"]["url"]),
        influx.settings,
        influx.http._settings,
    ]
    assert [repr(settings) for settings in shown if SECRET in repr(settings)] == []
