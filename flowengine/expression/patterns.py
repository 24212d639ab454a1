"""Regular expressions of expressions: compiled once by RE2, linear in the text's length whatever the pattern.

Only compiling and asking live here; that the pattern is a constant is the grammar's part.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flowengine.counts import count_of
from flowengine.expression.values import bounded_text, kind

MAX_PATTERN_BYTES = 1 << 20
"""Memory that RE2 may use for one pattern once it is read."""

MAX_PATTERN_CHARACTERS = 2_000
"""While it reads one, RE2 takes some 7 KiB of memory for each character of the worst."""

MAX_STEPS = 20_000_000
"""Characters of a text times places of the pattern: RE2 takes up to 5 ns for each, where it cannot do with less."""

MAX_REMEMBERED = 2_048
MAX_REMEMBERED_CHARACTERS = 256
Found = TypeVar("Found")


def compiled(pattern: str) -> Any:
    """The compiled pattern. Raises ValueError with RE2's words when it is not one (back-references are none)."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise ValueError(f"a regular expression has at most {MAX_PATTERN_CHARACTERS} characters")
    import re2  # 1.5 MiB, which a flow without patterns need not hold

    options = re2.Options()
    options.max_mem = MAX_PATTERN_BYTES
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0] if error.args else "not a pattern"
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"this regular expression cannot be used: {words[:100]}") from None


def matcher(pattern: Any) -> Callable[[Any], bool]:
    """Whether a text has the pattern anywhere (`^` and `$` bind it to the ends)."""
    search = pattern.search

    def found(text: str) -> bool:
        return search(text) is not None

    return _remembering("matches", found, pattern)


def extractor(pattern: Any) -> Callable[[Any], str | None]:
    """The part of a text in the pattern's first group (all of the match without a group); None without a match."""
    search, group = pattern.search, min(pattern.groups, 1)

    def part(text: str) -> str | None:
        match = search(text)
        found: str | None = match.group(group) if match else None
        return found

    return _remembering("extract", part, pattern)


def _remembering(function: str, find: Callable[[str], Found], pattern: Any) -> Callable[[Any], Found]:
    """The same search with the answers for the latest short texts kept: topics and names come again and again."""
    remembered = lru_cache(MAX_REMEMBERED)(find)
    most = MAX_STEPS // pattern.programsize

    def search(x: Any) -> Found:
        if not isinstance(x, str):
            raise TypeError(f"{function} works on text only, not {kind(x)}; text(x) makes text")
        if len(x) <= MAX_REMEMBERED_CHARACTERS:
            return remembered(x)
        if len(bounded_text(x)) > most:
            raise ValueError(f"a text longer than {count_of(most, 'character')}, too long for this regular expression")
        return find(x)

    return search
