"""URLs with placeholders: what fills one is escaped, so that it stays one part of the address. No I/O."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from flowengine import Message
from flowengine.expression import Template

_PLACE = re.compile(r"(\{\{|\}\}|\{[^{}]*\})")


class UrlTemplate:
    """A URL that each message fills. A placeholder at the beginning may hold a whole address, and is not escaped."""

    fills = True

    def __init__(self, text: str):
        self.text = text
        pieces = [piece for piece in _PLACE.split(text) if piece]
        self._parts = [
            (Template(piece), piece[0] == "{" and piece != "{{" and place > 0) for place, piece in enumerate(pieces)
        ]

    def fill(self, message: Message) -> str:
        """The address for a message. Raises TemplateError."""
        return "".join([_escaped(part.fill(message)) if escape else part.fill(message) for part, escape in self._parts])

    def __repr__(self) -> str:
        return f"UrlTemplate({self.text!r})"


def _escaped(value: str) -> str:
    # Dots alone are a step in the path even when escaped (WHATWG URL, 4.5).
    if value in (".", ".."):
        raise ValueError("a value of dots alone cannot be part of a URL")
    return quote(value, safe="")


def joined(base: str, path: str) -> str:
    """`path` below the base URL; a path that is an address itself stays, for a connection without a base."""
    if not base:
        return path
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base


def address_of(base: str) -> tuple[str, int]:
    """Host and port of a base URL; the scheme's usual port where it has none."""
    parts = urlsplit(base)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _read(value: Any) -> UrlTemplate:
    if isinstance(value, UrlTemplate):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "should be text")
    return UrlTemplate(value)


UrlText = Annotated[
    UrlTemplate,
    BeforeValidator(_read),
    PlainSerializer(lambda url: url.text, return_type=str),
    WithJsonSchema({"type": "string", "format": "template"}),
]
"""A URL, or the rest of one, that each message fills; values are escaped."""


def web_address(url: str) -> str:
    """The address as it is. Raises `ValueError` for one that does not begin as those of the web do."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("the address begins with http:// or https://")
    return url
