"""Keeps secrets out of what people see: remembers every secret that flows asked for and stars it in answers.

Found in any case, whole or a piece of at least `PIECE` characters, as an expression may have cut it. Not found, because
nothing here could: shorter pieces; a piece that is an ordinary word or number of fewer than `ORDINARY` characters, in
whose place stars would garble and tell; pieces of secrets above `LONGEST` or in texts above `MOST` characters, by the
time that it takes; what was encoded, hashed, turned round or taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from flowengine.flow.variables import Secrets
from flowengine.secrets import can_be_starred, is_ordinary

STARS = "•••"
PIECE, ORDINARY, LONGEST, MOST = 6, 12, 256, 16 * 1024
"""Characters: of a piece, of one that is a word or number, of a secret in pieces, of a text searched for them."""

_SCHEME = re.compile(r"\w+://")


class KnownSecrets:
    """A store of secrets that knows which ones have left it; short words stay, or stars would tell them."""

    def __init__(self, store: Secrets):
        self._store = store
        self._known: dict[str, None] = {}
        self._written: tuple[bytes, ...] = ()
        self._pieces: set[str] = set()

    def get(self, name: str) -> str | None:
        """The secret, or None; it is starred from now on."""
        secret = self._store.get(name)
        if secret is not None and (lowered := _lower(secret)) not in self._known and can_be_starred(secret):
            self._known[lowered] = None
            # Longer ones first: one secret may be a part of another.
            self._known = dict.fromkeys(sorted(self._known, key=len, reverse=True))
            self._written = tuple(_in_json(text).lower().encode() for text in self._known)
            self._pieces.update(_pieces(lowered), _pieces(_in_json(lowered)))
        return secret

    def text(self, text: str) -> str:
        """The text without secrets and pieces of them."""
        return self._without_pieces(self._without_whole(text))

    def _without_whole(self, text: str) -> str:
        lowered = _lower(text)
        for secret in self._known:
            if secret in lowered:
                text = re.sub(re.escape(secret), STARS, text, flags=re.IGNORECASE)
                lowered = _lower(text)
        return text

    def _without_pieces(self, text: str) -> str:
        if not self._has_piece(_lower(text)):
            return text
        out, end = [], 0
        for start, stop in self._runs(_lower(text)):
            piece = text[start:stop]
            if len(piece) >= ORDINARY or not is_ordinary(piece):
                out += [text[end:start], STARS]
                end = stop
        return "".join((*out, text[end:])) if out else text

    def _runs(self, lowered: str) -> Iterator[tuple[int, int]]:
        """Where pieces begin and end; those that touch are one."""
        pieces, start, end = self._pieces, 0, 0
        for at in range(len(lowered) - PIECE + 1):
            if lowered[at : at + PIECE] in pieces:
                if at > end:
                    if end:
                        yield start, end
                    start = at
                end = at + PIECE
        if end:
            yield start, end

    def json(self, encoded: bytes) -> bytes:
        """The JSON document with secrets starred in its strings; untouched where it holds none."""
        lowered = encoded.lower()
        if not any(secret in lowered for secret in self._written) and not self._has_piece(_lower(lowered.decode())):
            return encoded
        return msgspec.json.encode(self.value(msgspec.json.decode(encoded)))

    def _has_piece(self, lowered: str) -> bool:
        if not self._pieces or len(lowered) > MOST:
            return False
        return not self._pieces.isdisjoint([lowered[at : at + PIECE] for at in range(len(lowered) - PIECE + 1)])

    def value(self, value: Any) -> Any:
        """The JSON value with secrets starred in its strings, whole ones in its keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self._without_whole(key): self.value(item) for key, item in value.items()}
        return value


def _pieces(secret: str) -> set[str]:
    if len(secret) > LONGEST:
        return set()
    own = _SCHEME.sub("", secret)  # what many addresses have is nobody's secret
    return {own[at : at + PIECE] for at in range(len(own) - PIECE + 1) if len(set(own[at : at + PIECE])) > 2}


def _in_json(text: str) -> str:
    return msgspec.json.encode(text)[1:-1].decode()


def _lower(text: str) -> str:
    """In small letters, each where it was: some would become two."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
