"""What other tools, and people, call our types of nodes. Words only."""

from __future__ import annotations

from collections.abc import Collection

from flowengine.flow.problem import Hint

ALSO_CALLED: dict[str, tuple[str, ...]] = {
    "aggregate": ("window", "average", "mean"),
    "alert": ("alarm",),
    "buffer": ("batch", "hold", "queue"),
    "dead_letter": ("catch",),
    "delay": ("trigger",),
    "email": ("mail", "e mail"),
    "expression": ("calc", "formula"),
    "file_in": ("tail",),
    "file_out": ("file",),
    "http_request": ("http", "http get", "rest"),
    "influxdb_out": ("influxdb", "influx"),
    "join": ("merge",),
    "log": ("debug", "print"),
    "modbus_in": ("modbus", "modbus read"),
    "modbus_out": ("modbus write",),
    "mqtt_in": ("mqtt", "mqtt subscribe"),
    "mqtt_out": ("mqtt publish",),
    "amqp_in": ("rabbitmq", "amqp consume"),
    "amqp_out": ("amqp", "rabbitmq out", "amqp publish"),
    "kafka_in": ("kafka consumer",),
    "kafka_out": ("kafka", "kafka producer", "redpanda"),
    "nats_in": ("nats subscribe",),
    "nats_out": ("nats", "nats publish", "jetstream"),
    "on_change": ("rbe", "report by exception", "deadband"),
    "opcua_in": ("opcua",),
    "redis_out": ("redis",),
    "s3_out": ("s3", "minio", "object store", "bucket"),
    "rtdb_write": ("rtdb",),
    "schedule": ("timer", "cron"),
    "script": ("function", "code"),
    "serial_in": ("serial",),
    "set": ("change",),
    "sql_out": ("sql", "postgres", "mysql"),
    "switch": ("if", "route", "router"),
    "tcp_in": ("tcp",),
    "throttle": ("limit", "rate limit"),
    "udp_in": ("udp",),
    "webhook": ("chat", "discord", "mattermost", "notify", "ntfy", "slack", "teams", "telegram"),
    "websocket_out": ("websocket",),
}
"""By type, in small letters with blanks."""

_TYPES = {name: type_ for type_, names in ALSO_CALLED.items() for name in names}


def meant(word: str, known: Collection[str]) -> Hint:
    """The type that is meant by a word that is none of the `known`: one of Node-RED's, say, or a slip."""
    named = _TYPES.get(word.casefold().replace("-", " ").replace("_", " "), "")
    return named if named in known else (word, known)
