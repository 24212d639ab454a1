"""Values as YAML text in the style of the flow format. Reads nothing; what it writes is checked by reading it again."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from flowengine.flow.document import scalar

MAX_WIDTH = 100
_SHORT = 60

# Words that YAML 1.1 readers take for something else than text: quoted, so that any tool reads the same.
_YAML_1_1 = re.compile(
    r"(?i:yes|no|on|off)|=|<<|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?[0-9][0-9_,.]*|\d{4}-\d\d?-\d\d?([Tt \t].*)?"
)
_PLAIN = re.compile(
    r"[^\s\-?:,\[\]{}#&*!|>'\"%@`\x00-\x20][^\t\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*"
)
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is written: its line end, the indentation of maps and of lists inside maps."""

    line_end: str = "\n"
    indent: int = 2
    list_indent: int = 2


def flow(value: Any, quote: str = "") -> str:
    """One line of YAML that stands for `value` anywhere; `quote` is the sign that strings prefer."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key, True)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return _scalar(value, quote, inside=True)


def key_text(key: str, quote: str = "", inside: bool = False) -> str:
    """A key as it is written before its colon; `inside` a flow-style map."""
    return _text(key, inside, quote)


def after(
    value: Any, column: int, style: Style, *, item: bool = False, flat: bool | None = None, quote: str = ""
) -> str:
    """What follows `key:` (or `-`) at `column`, with the space or line end before it and no line end after it.

    `flat` asks for one line or for a block; without it short values stand on one line.
    """
    if isinstance(value, str) and "\n" in value and (block := _literal(value, column + style.indent, style)):
        return block
    if not isinstance(value, dict | list) or not value:
        return " " + (flow(value) if isinstance(value, dict | list) else _scalar(value, quote))
    line = flow(value)
    fits = column + len(line) <= (MAX_WIDTH if flat else _SHORT) and not _has_lines(value)
    if fits and (flat or (flat is None and not _is_deep(value))):
        return " " + line
    if isinstance(value, dict):
        return _map(value, column + (2 if item else style.indent), style, compact=item)
    return _list(value, column + (2 if item else style.list_indent), style)


def _map(value: dict[str, Any], column: int, style: Style, compact: bool) -> str:
    start = style.line_end + " " * column
    entries = [key_text(key) + ":" + after(item, column, style) for key, item in value.items()]
    return (" " if compact else start) + start.join(entries)


def _list(value: list[Any], column: int, style: Style) -> str:
    start = style.line_end + " " * column + "-"
    return start + start.join(after(item, column, style, item=True) for item in value)


def _literal(value: str, column: int, style: Style) -> str:
    """Lines under `|`, or nothing where only quotes keep them exactly."""
    body = value.removesuffix("\n")
    if not body.strip("\n") or body[0] in " \n\t" or body.endswith("\n") or "\r" in body or not _is_printable(body):
        return ""
    lines = [" " * column + line if line else "" for line in body.split("\n")]
    if any(line != line.rstrip(" \t") for line in lines):
        return ""
    return (" |" if value.endswith("\n") else " |-") + style.line_end + style.line_end.join(lines)


def _is_printable(text: str) -> bool:
    return not _UNPRINTABLE.search(text) and all(char >= " " or char in "\n\t" for char in text)


def _scalar(value: Any, quote: str = "", inside: bool = False) -> str:
    if isinstance(value, str):
        return _text(value, inside, quote)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return repr(value)


def _text(text: str, inside: bool, quote: str = "") -> str:
    if quote == "'" and _is_printable(text) and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    if not quote and is_plain(text, inside):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def is_plain(text: str, inside: bool) -> bool:
    """Whether a string needs no quotes, in any reader of YAML; `inside` flow style."""
    if not _PLAIN.fullmatch(text) or text[-1] in " :" or ": " in text or " #" in text or text.startswith("..."):
        return False
    if inside and any(char in text for char in ",[]{}"):
        return False
    return not _YAML_1_1.fullmatch(text) and _is_text(text)


def _is_text(text: str) -> bool:
    try:
        return isinstance(scalar(text), str)
    except ValueError:
        return False


def _has_lines(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_lines, value.values()))
    return any(map(_has_lines, value)) if isinstance(value, list) else isinstance(value, str) and "\n" in value


def _is_deep(value: Any) -> bool:
    """Maps inside maps are easier to read, and to compare, on lines of their own."""
    items = value.values() if isinstance(value, dict) else value[1:] and value
    return any(isinstance(item, dict) and item for item in items)
