"""NATS subjects with named tokens. Never a connection. Source: documentation of NATS, "Subject-based messaging"."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\{([^\W\d]\w*)(>?)\}|(\*|>)|[^\s.*>{}]+")
_WILDCARDS = {"*": r"[^.]+", ">": r".+"}


class SubjectPattern:
    """A subject to read whose wildcards may be named: `plant.{device}.{sensor}`, `logs.{path>}`.

    `{name}` is a named `*`, `{name>}` a named `>`. A server is given `filter`; `names` are what `match` finds.
    """

    def __init__(self, pattern: str):
        """Raise ValueError for what no server takes, and for a name that stands there twice."""
        names, tokens, matching = list[str](), list[str](), list[str]()
        levels = pattern.split(".")
        for place, level in enumerate(levels):
            found = _TOKEN.fullmatch(level)
            if not found:
                raise ValueError(f"{level!r} in {pattern!r} is no token of a subject: a word, `*` or `{{name}}`")
            name, rest, wild = found.groups()
            wildcard = wild or ((rest or "*") if name else "")
            if wildcard == ">" and place < len(levels) - 1:
                raise ValueError(f"{level!r} is the last token or none: {pattern!r}")
            if name in names:
                raise ValueError(f"{name!r} stands twice in {pattern!r}")
            names += [name] if name else []
            tokens.append(wildcard or level)
            inner = _WILDCARDS.get(wildcard, re.escape(level))
            matching.append(f"(?P<{name}>{inner})" if name else inner)
        self.filter, self.names = ".".join(tokens), tuple(names)
        self._matching = re.compile(r"\.".join(matching), re.DOTALL)

    def match(self, subject: str) -> Mapping[str, str] | None:
        """What the names stand for; None for a subject that is not meant."""
        found = self._matching.fullmatch(subject)
        return found and found.groupdict()
