"""Keeps secrets out of what people see: remembers every secret that flows asked for and stars it in answers."""

from __future__ import annotations

from typing import Any

import msgspec

from flowengine.flow.variables import Secrets
from flowengine.secrets import can_be_starred

STARS = "•••"


class KnownSecrets:
    """A store of secrets that knows which ones have left it; short words stay, or stars would tell them."""

    def __init__(self, store: Secrets):
        self._store = store
        self._known: dict[str, None] = {}
        self._written: tuple[bytes, ...] = ()

    def get(self, name: str) -> str | None:
        """The secret, or None; it is starred from now on."""
        secret = self._store.get(name)
        if secret is not None and secret not in self._known and can_be_starred(secret):
            self._known[secret] = None
            # Longer ones first: one secret may be a part of another.
            self._known = dict.fromkeys(sorted(self._known, key=len, reverse=True))
            self._written = tuple(msgspec.json.encode(text)[1:-1] for text in self._known)
        return secret

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, STARS)
        return text

    def json(self, encoded: bytes) -> bytes:
        """The JSON document with secrets starred in its strings; untouched where it holds none."""
        if not any(secret in encoded for secret in self._written):
            return encoded
        return msgspec.json.encode(self.value(msgspec.json.decode(encoded)))

    def value(self, value: Any) -> Any:
        """The JSON value with secrets starred in its strings and keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value
