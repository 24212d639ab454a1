"""Sources that ask for what they bring, so that it can be asked for once, before they run. Never here: who asks."""

from __future__ import annotations

from flowengine.config import Config
from flowengine.node import Source


class AskingSource(Source):
    """Reads by itself what its settings name on its `connection`, and does not only hear."""

    @classmethod
    def looked_at(cls, config: Config) -> Config:
        """The settings whose first message has all that is read now."""
        return config
