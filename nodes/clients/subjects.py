"""NATS subjects and AMQP routing keys with named tokens. Never a connection.

Source: documentation of NATS, "Subject-based messaging"; AMQP 0-9-1, 3.1.3.3 "The Topic Exchange Type".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

Rest = Literal[">", "#"]
_TOKENS = {rest: re.compile(rf"\{{([^\W\d]\w*)({rest}?)\}}|(\*|{rest})|[^\s.*{rest}{{}}]+") for rest in get_args(Rest)}


class SubjectPattern:
    """A subject to read whose wildcards may be named: `plant.{device}.{sensor}`, `logs.{path>}`.

    `{name}` is a named `*`; `{name>}` a named `>` of NATS, at least one token; `{name#}` a named `#` of AMQP, which may
    be none. A server is given `filter`; `names` are what `match` finds.
    """

    def __init__(self, pattern: str, rest: Rest = ">"):
        """Raise ValueError for what no server takes, and for a name that stands there twice."""
        names, tokens, matching = list[str](), list[str](), ""
        levels = pattern.split(".")
        for place, level in enumerate(levels):
            found = _TOKENS[rest].fullmatch(level)
            if not found:
                raise ValueError(f"{level!r} in {pattern!r} is no token of a subject: a word, `*` or `{{name}}`")
            name, all_that_follows, wild = found.groups()
            wildcard = wild or ((all_that_follows or "*") if name else "")
            if wildcard == rest and place < len(levels) - 1:
                raise ValueError(f"{level!r} is the last token or none: {pattern!r}")
            if name in names:
                raise ValueError(f"{name!r} stands twice in {pattern!r}")
            names += [name] if name else []
            tokens.append(wildcard or level)
            inner = {"": re.escape(level), "*": "[^.]+"}.get(wildcard, ".+" if rest == ">" else ".*")
            inner = (r"\." if place else "") + (f"(?P<{name}>{inner})" if name else inner)
            matching += f"(?:{inner})?" if wildcard == "#" else inner
        self.filter, self.names = ".".join(tokens), tuple(names)
        self._matching = re.compile(matching, re.DOTALL)

    def match(self, subject: str) -> Mapping[str, str] | None:
        """What the names stand for, `""` for none; None for a subject that is not meant."""
        found = self._matching.fullmatch(subject)
        return found and found.groupdict("")
