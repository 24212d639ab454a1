"""`:name` in a query becomes a driver's own placeholder. Values never become part of the text."""

from __future__ import annotations

import re
from collections.abc import Callable

# What may hold a colon that is no placeholder comes first: strings, quoted names, comments, casts.
_TOKENS = re.compile(
    r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|::|(?<![\w:]):([^\W\d]\w*)", re.DOTALL
)


def names_in(query: str) -> list[str]:
    """Names of the placeholders, each once, in order."""
    return list(dict.fromkeys(match[1] for match in _TOKENS.finditer(query) if match[1]))


def with_placeholders(query: str, written: Callable[[str], str], percent: bool = False) -> str:
    """The query with each `:name` replaced by `written(name)`; `percent` doubles the signs that a driver would read."""

    def replaced(match: re.Match[str]) -> str:
        return written(match[1]) if match[1] else _plain(match[0], percent)

    parts: list[str] = []
    end = 0
    for match in _TOKENS.finditer(query):
        parts += (_plain(query[end : match.start()], percent), replaced(match))
        end = match.end()
    return "".join((*parts, _plain(query[end:], percent)))


def _plain(text: str, percent: bool) -> str:
    return text.replace("%", "%%") if percent else text
