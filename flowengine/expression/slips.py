"""From a syntax error of Python to what the author most likely meant, who knows another language. Parses nothing."""

from __future__ import annotations

import re

SLIPS = (
    ("[\u201c\u201d\u201e\u2018\u2019]", "curly quotes are no quotes; type \" or '"),
    (r"\u00a0", "a no-break space (U+00A0) is no space here; type it anew"),
    (r"^\s*(?:let|const|var)\s", "a name is set without a word before it: `x = 1`"),
    (r"&&", "&& is written `and`"),
    (r"\|\|", "|| is written `or`"),
    (r"[=!]==", "=== is written `==`, !== is written `!=`"),
    (r"!(?!=)", "! is written `not`"),
    (r"<>", "<> is written `!=`"),
    (r"\?", "a ? b : c is written `b if a else c`"),
    (r"(?<![=!<>:+\-*/%])=(?!=)", "= sets a value; == compares"),
)
_TEXTS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def said_of(error: SyntaxError, line: str, sets: bool = False) -> tuple[str, int]:
    """What to tell of a line that Python does not read, and the character of it (from 1).

    Texts in quotes are passed over; where the line `sets` something, its `=` is no slip.
    """
    bare = _TEXTS.sub(lambda found: " " * len(found[0]), line)
    for pattern, said in SLIPS[: -1 if sets else None]:
        if found := re.search(pattern, bare):
            return said, found.start() + 1
    reason = (error.msg or "not an expression").split(". Perhaps")[0].split("; perhaps")[0]
    return reason, error.offset or len(line) + 1
