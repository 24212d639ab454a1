"""Says in the log that a far side is there or away. Never here: finding out, trying again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flowengine.telling import Telling


class Voice:
    """A return is said at once; a loss with its reason at once, and while each try fails ever more rarely."""

    def __init__(self, log: logging.LoggerAdapter[Any], now_s: Callable[[], float]):
        self._log, self._now_s, self._telling = log, now_s, Telling()

    def there(self, text: str) -> None:
        """It is there."""
        self._log.info("%s", text)

    def away(self, reason: str) -> None:
        """A try failed, or it was lost. To be called each time."""
        if self._telling.is_due(reason, self._now_s()):
            self._log.warning("not connected: %s", reason)
