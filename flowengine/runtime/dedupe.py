"""Drops messages that a source repeats: those whose key was seen within the window. No asyncio, no time.

What is kept over a restart are keys of settled messages only: an unsettled one comes again, and must then pass.
"""

from __future__ import annotations

from collections.abc import Callable

from flowengine.catalog.every_node import DedupeRule
from flowengine.expression import Template
from flowengine.message import Messages
from flowengine.runtime.receipt import Receipt

MOST_KEYS = 1_000_000
"""Beyond it the oldest keys are forgotten, so that memory stays bounded."""


class DedupeWindow:
    """Keys of the messages that one node was given, in the order they came."""

    def __init__(self, rule: DedupeRule, most_keys: int = MOST_KEYS):
        self._key: Template = rule.key
        self._window_s = rule.window_s
        self._most = most_keys
        self._at_s: dict[str, float] = {}
        self._settled: dict[str, float] = {}

    def fresh(self, messages: Messages, receipt: Receipt, now_s: float) -> tuple[Messages, Receipt]:
        """The messages whose key is new, and a receipt for them; raises `TemplateError` where the key has no value."""
        self._forget(now_s)
        keys = self._key.each(messages)
        seen, kept, new = self._at_s, [], []
        for key, message in zip(keys, messages, strict=True):
            if key not in seen:
                seen[key] = now_s
                kept.append(message)
                new.append(key)
        return kept, Receipt(self._remembering(new, receipt.settle), len(kept), receipt.size_bytes, now_s)

    def snapshot(self, now_s: float, unsettled: bool = False) -> dict[str, float]:
        """Age in seconds of every key whose message is settled; with `unsettled` of every key."""
        self._forget(now_s)
        return {key: now_s - at_s for key, at_s in (self._at_s if unsettled else self._settled).items()}

    def restore(self, ages_s: dict[str, float], now_s: float) -> None:
        """Take over what `snapshot` gave."""
        times = {key: now_s - age_s for key, age_s in sorted(ages_s.items(), key=lambda item: -item[1])}
        self._at_s = {**times, **self._at_s}
        self._settled = {**times, **self._settled}

    def _remembering(self, keys: list[str], settle: Callable[[], None]) -> Callable[[], None]:
        def on_settled() -> None:
            self._settled.update({key: self._at_s[key] for key in keys if key in self._at_s})
            settle()

        return on_settled

    def _forget(self, now_s: float) -> None:
        seen = self._at_s
        while seen:
            oldest = next(iter(seen))
            if now_s - seen[oldest] < self._window_s and len(seen) <= self._most:
                return
            del seen[oldest]
            self._settled.pop(oldest, None)
