"""From what the parser of YAML says to the likely mend, in words for people. Looks at text only, parses nothing."""

from __future__ import annotations

import re

QUOTE_IT = "quote it: a comma or bracket ends a value inside { }"
ODD_SPACES = "\u00a0\u2000-\u200b\u202f\u205f\u3000"
NO_BREAK = "a no-break space (U+00A0) is no space here; type it anew"
COMMENT = "after a space # begins a comment: a value with # needs quotes"
NO_SPACE = "a space is missing after"
NOT_READ = "this is no YAML: check the quotes, brackets and indentation here and above"
_ESCAPE = "in \"quotes\" a \\ begins an escape: write \\\\, or put the text between ' '"
_PLAINER = {
    "mapping values are not allowed in this context": "a second `: ` in one value: quote the value",
    "did not find expected node content": "a value is missing here",
    "could not find expected ':'": "expected `key: value`",
    "did not find expected key": "expected a key here: check the indentation and the quotes above",
    "did not find expected '-' indicator": "expected another `- ` item: check the indentation",
    "found unexpected end of stream": "the file ends inside a quoted text",
    "did not find expected <document start>": "nothing may follow here: check the indentation",
    "found unknown escape character": _ESCAPE,
    "did not find expected hexdecimal number": _ESCAPE,
    "found invalid Unicode character escape code": _ESCAPE,
    "block sequence entries are not allowed in this context": "a list cannot begin here; put it on a line of its own",
}
_BEGUN = {
    "%": "a line cannot begin with %; quote it, or begin a comment with #",
    "!": "a value that begins with ! needs quotes",
    "|": "quote it: a value that begins with | is a text on the lines below",
    ">": "quote it: a value that begins with > is a text on the lines below",
}
_CLOSES = {"{": "}", "[": "]"}
_UNCLOSED = {"did not find expected ',' or ']'": "[", "did not find expected ',' or '}'": "{"}
_ODD_SPACE = re.compile(rf"^[ \t]*(?:- +)?(?:[\w.-]+:)? *(?P<odd>[{ODD_SPACES}])", re.MULTILINE)
_FIRST = re.compile(rf"(?:[\w.-]{{1,256}}:)?(?P<odd>[{ODD_SPACES}])")
_LAST = re.compile(rf"[{ODD_SPACES}]$")
_LOST = re.compile(r"[ \t]+#(?P<after>[^\r\n]?)")
_QUOTED = re.compile(r"""'[^'\n]*'|"(?:[^"\\\n]|\\.)*\"""")
_VALUE = re.compile(r"^\s*(?:- +)?[\w.-]+: +(?P<value>.*)$")
_NO_COLON = re.compile(r"^\s*(?:- +)?(?P<key>[A-Za-z_][\w-]*) +[{\[]")
_NO_COMMA = re.compile(r"[^\s,{\[] +(?P<key>[A-Za-z_]\w*)$")
_TEXT_BELOW = re.compile(r": *(?P<sign>[|>])[-+\d]*\s*$")
_NO_SPACE = re.compile(r"^\s*(?:- +)?(?P<key>[A-Za-z_][\w-]*):\S")
_BARE = re.compile(r"^(?P<indent> *)(?:- +)?(?P<key>[A-Za-z_][\w-]*)(?: +[^\s:#][^:#]*)?$")
_ENTRY = re.compile(r"^(?P<indent> *)(?P<key>[\w.-]+):(?: +(?P<value>\S.*))?$")


def mend(said: str, text: str, at: int, began: int | None = None) -> tuple[str, int]:
    """What to tell instead of `said`, and where; `began` is where the part begins that the parser was in."""
    here = text[at : at + 1]
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if (odd := _odd_space(text, at, began)) is not None:
        return no_space(text[odd]), odd
    if here == "\t" or "tab" in said:
        return "a tab cannot indent YAML; use spaces", at
    if here in ("@", "`", "%", "*", "&") and "cannot start any token" in said:
        return f"a value that begins with {here} needs quotes", at
    if "alphabetic or numeric character" in said and (star := max(line.rfind("*"), line.rfind("&"))) >= 0:
        return f"a value that begins with {line[star]} needs quotes", at - len(line) + star
    if text.startswith("//", at):
        return "a comment begins with #", at
    if opened := _UNCLOSED.get(said):
        return _in_brackets(opened, text, at, began)
    if said == "did not find expected node content" and _in_flow_value(line):
        return QUOTE_IT, at
    if said == "found unexpected end of stream" and began is not None:
        return f"the file ends inside a quoted text, which begins at line {text.count(chr(10), 0, began) + 1}", at
    if said == "did not find expected key":
        return _after_value(line, here) or _PLAINER[said], at
    if said.startswith("mapping values are not allowed"):
        return _second_colon(line, _line_above(text, at)) or _PLAINER[said], at
    if said == "could not find expected ':'" and began is not None and (words := _no_key(text, began)):
        return words, began
    if _PLAINER.get(said) == _ESCAPE:
        return _ESCAPE, text.rfind("\\", 0, at + 1)
    if said in _PLAINER or began is None:
        return _PLAINER.get(said, NOT_READ), at
    return _BEGUN.get(text[began : began + 1], NOT_READ), began


def no_space(odd: str) -> str:
    """What to tell of a character that looks like a space and is none to YAML."""
    return NO_BREAK if odd == "\u00a0" else f"the space U+{ord(odd):04X} is no space here; type it anew"


def odd_space(plain: str) -> int | None:
    """Where an unquoted text has what looks like the space of YAML before, behind or within it, and is none."""
    if first := _FIRST.match(plain):
        return first.start("odd")
    end = max(0, len(plain) - 2)  # a long text is not searched through
    last = _LAST.search(plain, end)
    return last.start() if last else None


def is_lost(text: str, end: int, empty: bool) -> bool:
    """Whether an unquoted value that ends at `end` was cut by its own `#`: one that nothing follows, or, in place of a
    value, one that is no usual comment."""
    found = _LOST.match(text, end)
    return found is not None and (not found["after"] or (empty and not found["after"].isspace()))


def _odd_space(text: str, at: int, began: int | None) -> int | None:
    """The first character that looks like a space, in the lines in which the parser stopped."""
    start = text.rfind("\n", 0, max(0, text.rfind("\n", 0, at if began is None else min(began, at)))) + 1
    end = text.find("\n", at)
    found = _ODD_SPACE.search(text[start : end if end >= 0 else len(text)])
    return start + found.start("odd") if found else None


def cut_off(key: str) -> str:
    """What to tell of a part of `{ }` that is neither `key: value` nor a key."""
    if odd := re.search(f"[{ODD_SPACES}]", key):
        return no_space(odd[0])
    if found := _NO_SPACE.match(key):
        return f"{NO_SPACE} `{found['key']}:`"
    return QUOTE_IT


def is_cut_off(message: str) -> bool:
    """Whether a message is one of these: what was cut off is missing from the data."""
    return message in (QUOTE_IT, COMMENT) or message.startswith(NO_SPACE) or message.endswith("type it anew")


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


def _in_brackets(opened: str, text: str, at: int, began: int | None) -> tuple[str, int]:
    """The mend where `opened` at `began` has neither a comma nor its end at `at`."""
    here, line, closes = text[at : at + 1], text[text.rfind("\n", 0, at) + 1 : at], _CLOSES[opened]
    if here and here in "]}":
        return f"this {here} does not close the {opened} before it: expected {closes}", at
    if began is not None and "\n" in text[began:at] and (lost := _comment(text, began)) is not None:
        return COMMENT, lost
    if here == ":" and began is not None and began > at - len(line) and (found := _NO_COMMA.search(line)):
        return f"a comma is missing before `{found['key']}:`, or the value needs quotes", at - len(found["key"])
    if _in_flow_value(line):
        return QUOTE_IT, at
    if began is not None and "\n" in text[began:at]:
        return f"this {opened} has no {closes}", began
    return f"expected `,` or `{closes}`", at


def _comment(text: str, began: int) -> int | None:
    """The first `#` that hides the end of a line in `{ }` or `[ ]`."""
    for line in re.finditer(r"[^\n]+", text[began:]):
        bare = _QUOTED.sub(lambda found: " " * len(found[0]), line[0])
        found = re.search(r"\s#", bare)
        if found and re.search(r"[\]},]", bare[found.end() :]):
            return began + line.start() + found.start() + 1
    return None


def _second_colon(line: str, above: str) -> str:
    if found := _NO_SPACE.match(above):
        return f"{NO_SPACE} `{found['key']}:` in the line above"
    if found := _NO_COLON.match(line):
        return f"`:` is missing after `{found['key']}`"
    deep = len(line) - len(line.lstrip(" "))
    if (found := _BARE.match(above)) and len(found["indent"]) == deep:
        return f"`:` is missing after `{found['key']}` in the line above"
    if (found := _ENTRY.match(above)) and found["value"] and len(found["indent"]) < deep:
        return f"indented deeper than `{found['key']}` above, which has its value: begin where that begins"
    return ""


def _no_key(text: str, began: int) -> str:
    """The mend where a line is read as a key and is none: an item of a list, or a text that should be deeper."""
    if re.match(r"-[^\s-]", text[began : began + 2]):
        return f"{NO_SPACE} this `-`"
    found = _TEXT_BELOW.search(_line_above(text, began))
    return f"the text below `{found['sign']}` is indented deeper than its key" if found else ""


def _line_above(text: str, at: int) -> str:
    end = text.rfind("\n", 0, at)
    return text[text.rfind("\n", 0, max(0, end)) + 1 : max(0, end)]


def _in_flow_value(line: str) -> bool:
    """Whether a plain value inside `{ }` or `[ ]` was cut at the end of `line` by a character of its own."""
    value = re.split(r"[{,]\s*[\w.-]+:\s+|\[\s*", line)[-1] if re.search(r"[{\[]", line) else ""
    return bool(value.strip()) and value.lstrip()[0] not in "\"'[{"
