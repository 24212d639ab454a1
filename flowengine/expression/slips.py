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
PLAINER = (
    (r"expected ':'", "a `:` is missing at the end of this line"),
    (r"unexpected indent", "indented deeper than the line before, which opens nothing"),
    (r"unindent does not match .*", "indented less than the lines before, and like none above them"),
    (r"'(.)' was never closed", r"this \1 is never closed"),
    (r"unmatched '(.)'", r"this \1 closes nothing"),
    (r"closing parenthesis '(.)' does not match opening parenthesis '(.)'.*",
     r"this \1 does not close the \2 before it"),
    (r"unterminated (?:triple-quoted )?string literal.*", "the text that begins here has no quote at its end"),
    (r"invalid (?:decimal|hexadecimal|octal|binary) literal|leading zeros in decimal integer literals.*",
     "a number that cannot be read; a name begins with a letter"),
    (r"expected an indented block after '?(\w+)'?.*", r"an indented block is missing below this `\1`"),
    (r"cannot assign to .*", "only a name, or a path of payload, meta or state, can be set"),
    (r"inconsistent use of tabs.*", "tabs and spaces are mixed; indent by spaces"),
    (r"invalid syntax", "not read from here on: a word, a comma or an operator is missing or too many"),
)  # fmt: skip
"""What Python says, and how it is told."""

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
    for pattern, plain in PLAINER:
        if found := re.fullmatch(pattern, reason):
            return found.expand(plain), error.offset or len(line) + 1
    return reason, error.offset or len(line) + 1
