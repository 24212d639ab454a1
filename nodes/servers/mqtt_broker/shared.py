"""One embedded broker for all connections of this process that ask for the same one. Never here: the broker itself."""

from nodes.servers.mqtt_broker.broker import EmbeddedBroker
from nodes.servers.mqtt_broker.settings import BrokerSettings


class SharedBroker:
    """Listens from the first `start` to as many `close`."""

    def __init__(self, settings: BrokerSettings):
        self.settings = settings
        self._broker = EmbeddedBroker(settings)
        self._users = 0

    async def start(self) -> None:
        """Listen, if nobody did yet. Raises OSError when the address is taken."""
        if not self._users:
            await self._broker.start()
        self._users += 1

    async def close(self) -> None:
        """The last one ends it."""
        self._users -= 1
        if not self._users:
            await self._broker.close()
