"""An MQTT broker inside the process, for demos, tests and small sites without one.

MQTT 3.1.1 and 5, QoS 0 to 2, retained messages, wills, persistent and shared subscriptions; in memory and bounded, so
what it holds is gone with the process. Why it is our own: docs/decisions/0007-mqtt-client.md. Never here: flows, nodes.
"""

from nodes.servers.mqtt_broker.broker import EmbeddedBroker
from nodes.servers.mqtt_broker.rights import BrokerUser
from nodes.servers.mqtt_broker.settings import BrokerSettings
from nodes.servers.mqtt_broker.shared import SharedBroker

__all__ = ["BrokerSettings", "BrokerUser", "EmbeddedBroker", "SharedBroker"]
