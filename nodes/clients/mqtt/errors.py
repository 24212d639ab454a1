"""What can go wrong between this client and a broker.

MqttError
  Disconnected       no connection right now; trying goes on by itself
    ClosedByBroker   the broker ended a connection that it had accepted
  ConnectRefused     the broker answered and said no (credentials, client id, busy)
    SessionTaken     another client came with the same client id
  SubscribeRefused   the broker refused one subscription; the others live on
  PublishRefused     messages that the broker or the protocol will never take
  QueueFull          as many messages wait to be sent as were allowed
  Malformed          bytes from the other side that are no MQTT
  Closed             this client was closed

Never here: retrying, logging.
"""

from collections.abc import Mapping

from flowengine.counts import count_of


class MqttError(Exception):
    """Anything this client raises on purpose."""


class Disconnected(MqttError):
    """No connection right now; the client goes on trying by itself."""


class ClosedByBroker(Disconnected):
    """The broker ended a connection that it had accepted."""


class ConnectRefused(MqttError):
    """The broker answered and said no; `code` is its reason code."""

    def __init__(self, reason: str, code: int):
        super().__init__(reason)
        self.code = code


class SessionTaken(ConnectRefused):
    """Another client came with the same client id and took the session over."""


class SubscribeRefused(MqttError):
    """The broker refused one subscription, for example by its access list."""

    def __init__(self, filter_: str, reason: str, code: int):
        super().__init__(f"{filter_!r} was refused: {reason}")
        self.filter, self.code = filter_, code


class PublishRefused(MqttError):
    """Messages that will never be taken; `rows` maps positions in the batch to reasons, the others were taken."""

    def __init__(self, rows: Mapping[int, str]):
        first = next(iter(rows.values()), "")
        super().__init__(first if len(rows) == 1 else f"{count_of(len(rows), 'message')}, the first: {first}")
        self.rows = dict(rows)


class QueueFull(MqttError):
    """As many messages wait to be sent as were allowed."""


class Malformed(MqttError):
    """Bytes from the other side that are no MQTT, or a packet above the size limit."""


class Closed(MqttError):
    """This client was closed."""
