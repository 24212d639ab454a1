"""An asyncio MQTT client made for batches and deferred acknowledgement.

`MqttClient` is the door. Received packets come in lists, are acknowledged when their subscriber says they are settled,
and in receive order; published ones survive reconnects. MQTT 5 and 3.1.1 over TCP, TLS and WebSocket.
Why it is our own: docs/decisions/0007-mqtt-client.md. Never here: flows, nodes, what payloads mean.
"""

from nodes.clients.mqtt.client import MqttClient
from nodes.clients.mqtt.errors import (
    Closed,
    ConnectRefused,
    Disconnected,
    Malformed,
    MqttError,
    PublishRefused,
    QueueFull,
    SessionTaken,
    SubscribeRefused,
)
from nodes.clients.mqtt.inbox import Incoming
from nodes.clients.mqtt.settings import Birth, MqttSettings, Publication, Tls, Will
from nodes.clients.mqtt.subscriptions import Subscription

__all__ = [
    "Birth",
    "Closed",
    "ConnectRefused",
    "Disconnected",
    "Incoming",
    "Malformed",
    "MqttClient",
    "MqttError",
    "MqttSettings",
    "Publication",
    "PublishRefused",
    "QueueFull",
    "SessionTaken",
    "SubscribeRefused",
    "Subscription",
    "Tls",
    "Will",
]
