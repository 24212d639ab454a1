"""From what the parser of YAML says to the likely mend, in words for people. Looks at text only, parses nothing."""

from __future__ import annotations

import re

QUOTE_IT = "quote it: a comma or bracket ends a value inside { }"
NO_BREAK = "a no-break space (U+00A0) is no space here; type it anew"
NO_SPACE = "a space is missing after"
_PLAINER = {
    "mapping values are not allowed in this context": "a second `: ` in one value, or a wrong indentation above",
    "could not find expected ':'": "expected `key: value`",
    "did not find expected key": "expected a key here: check the indentation and the quotes above",
    "did not find expected '-' indicator": "expected another `- ` item: check the indentation",
    "did not find expected ',' or ']'": "expected `,` or `]`",
    "did not find expected ',' or '}'": "expected `,` or `}`",
    "found unexpected end of stream": "the file ends inside a quoted text",
    "did not find expected <document start>": "nothing may follow here: check the indentation",
    "block sequence entries are not allowed in this context": "a list cannot begin here; put it on a line of its own",
}
_UNQUOTED = frozenset(
    ("did not find expected ',' or ']'", "did not find expected ',' or '}'", "did not find expected node content")
)
_VALUE = re.compile(r"^\s*(?:- +)?[\w.-]+: +(?P<value>.*)$")
_NO_SPACE = re.compile(r"^\s*(?:- +)?(?P<key>[A-Za-z_][\w-]*):\S")


def mend(said: str, text: str, at: int, began: int | None = None) -> tuple[str, int]:
    """What to tell instead of `said`, and where; `began` is where the part begins that the parser was in."""
    here = text[at : at + 1]
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if here == "\t" or "tab" in said:
        return "a tab cannot indent YAML; use spaces", at
    if here in ("@", "`", "%", "*", "&") and "cannot start any token" in said:
        return f"a value that begins with {here} needs quotes", at
    if "alphabetic or numeric character" in said and (star := max(line.rfind("*"), line.rfind("&"))) >= 0:
        return f"a value that begins with {line[star]} needs quotes", at - len(line) + star
    if text.startswith("//", at):
        return "a comment begins with #", at
    if said in _UNQUOTED and _in_flow_value(line):
        return QUOTE_IT, at
    if said == "found unexpected end of stream" and began is not None:
        return f"the file ends inside a quoted text, which begins at line {text.count(chr(10), 0, began) + 1}", at
    if said == "did not find expected ',' or '}'" and began is not None and "\n" in text[began:at]:
        return "this { has no }", began
    if said == "did not find expected key":
        return _after_value(line, here) or _PLAINER[said], at
    if said.startswith("mapping values are not allowed") and (found := _NO_SPACE.match(_line_above(text, at))):
        return f"{NO_SPACE} `{found['key']}:` in the line above", at
    return _PLAINER.get(said, said), at


def cut_off(key: str) -> str:
    """What to tell of a part of `{ }` that is neither `key: value` nor a key."""
    if "\u00a0" in key:
        return NO_BREAK
    if found := _NO_SPACE.match(key):
        return f"{NO_SPACE} `{found['key']}:`"
    return QUOTE_IT


def is_cut_off(message: str) -> bool:
    """Whether a message is one of these: what was cut off is missing from the data."""
    return message in (QUOTE_IT, NO_BREAK) or message.startswith(NO_SPACE)


def _after_value(line: str, here: str) -> str:
    """The mend where a value is followed by something else: it began as a map, a list or a quoted text, and ended."""
    if here == "}":
        return "this } closes nothing"
    value = found["value"] if (found := _VALUE.match(line)) else ""
    if value[:1] in ("{", "["):
        return f"quote it: a value that begins with {value[0]} is a {'map' if value[0] == '{' else 'list'}"
    if value[:1] in ("'", '"'):
        other = '"' if value[0] == "'" else "'"
        return f"the text ends at this {value[0]}; to hold one, it stands between {other} {other}"
    return ""


def _line_above(text: str, at: int) -> str:
    end = text.rfind("\n", 0, at)
    return text[text.rfind("\n", 0, max(0, end)) + 1 : max(0, end)]


def _in_flow_value(line: str) -> bool:
    """Whether a plain value inside `{ }` or `[ ]` was cut at the end of `line` by a character of its own."""
    value = re.split(r"[{,]\s*[\w.-]+:\s+|\[\s*", line)[-1] if re.search(r"[{\[]", line) else ""
    return bool(value.strip()) and value.lstrip()[0] not in "\"'[{"
