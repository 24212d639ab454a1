"""Which lines of a write InfluxDB refused, read from its answer. Never here: HTTP, retries, what becomes of the rows.

Answers seen: influxd 1.6.7 (vectors), InfluxDB 2 OSS and Cloud (API reference, /api/v2/write), InfluxDB 3 (write_lp).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nodes.codecs.line_protocol.parse import BadLine, parse

_UNPARSED = "unable to parse '"
_TYPE_CONFLICT = re.compile(
    r'field type conflict: input field "(?P<field>.*?)" on measurement "(?P<measurement>.*?)" is type (?P<type>\w+),'
)
_DROPPED = re.compile(r"dropped=(\d+)")
_TYPES: Mapping[str, type] = {"float": float, "integer": int, "unsigned": int, "boolean": bool, "string": str}


def rejected_lines(status: int, body_text: str, lines: Sequence[str]) -> dict[int, str] | None:
    """Index of each refused line with the reason; {} when all were written; None when the answer does not tell.

    `lines` is what was sent, in order. After an answer with indexes, write the other lines again: some versions store
    them and some do not, and a point written twice is one point. None: find them by `bisect_bad`. Only 400 and 422 are
    read; any other refusal is not about lines.
    """
    if 200 <= status < 300:
        return {}
    if status not in (400, 422):
        return None
    answer = _json_object(body_text)
    numbered = _numbered(answer, lines)
    if numbered is not None:
        return numbered
    message = answer.get("error") or answer.get("message") or body_text
    if not isinstance(message, str):
        return None
    if _UNPARSED in message:
        return _quoted(message, lines)
    return _of_wrong_type(message, lines)


def _json_object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _numbered(answer: dict[str, Any], lines: Sequence[str]) -> dict[int, str] | None:
    """InfluxDB 3 lists `data: [{line_number, error_message, original_line}]`, InfluxDB 2 Cloud gives one `line`."""
    data = answer.get("data")
    entries = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
    if not entries and answer.get("line") is not None:
        entries = [{"line_number": answer["line"], "error_message": answer.get("message")}]
    found: dict[int, str] = {}
    for entry in entries:
        number = entry.get("line_number") if isinstance(entry, dict) else None
        if type(number) is not int or not 1 <= number <= len(lines):
            return None
        original = entry.get("original_line")
        # A line end inside a string shifts the server's count; its own quote (often cut) tells.
        if isinstance(original, str) and not lines[number - 1].startswith(original.rstrip(".").rstrip()):
            return None
        found[number - 1] = str(entry.get("error_message") or "refused")
    return found or None


def _quoted(message: str, lines: Sequence[str]) -> dict[int, str] | None:
    """InfluxDB 1 and 2 OSS: `unable to parse 'LINE': REASON` for each bad line, joined by line ends."""
    places: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        places.setdefault(line.rstrip(" \n"), []).append(index)
    found: dict[int, str] = {}
    for part in message.split(_UNPARSED)[1:]:
        quote = _split_quote(part, places)
        if quote is None:
            return None
        found.update(dict.fromkeys(places[quote[0]], quote[1]))
    return found


def _split_quote(part: str, places: Mapping[str, object]) -> tuple[str, str] | None:
    end = part.find("': ")
    while end != -1:
        line = part[:end].rstrip(" \n")
        if line in places:
            return line, re.sub(r" dropped=\d+$", "", part[end + 3 :].strip())
        end = part.find("': ", end + 1)
    return None


def _of_wrong_type(message: str, lines: Sequence[str]) -> dict[int, str] | None:
    """A type conflict names only the first bad field and type: believed when that explains `dropped=N` exactly."""
    conflict, dropped = _TYPE_CONFLICT.search(message), _DROPPED.search(message)
    wanted = _TYPES.get(conflict["type"]) if conflict else None
    if conflict is None or dropped is None or wanted is None:
        return None
    found: dict[int, str] = {}
    for index, line in enumerate(lines):
        for point in parse(line):
            if isinstance(point, BadLine):
                return None
            if point.measurement == conflict["measurement"] and type(point.fields.get(conflict["field"])) is wanted:
                found[index] = conflict[0].rstrip(",")
    return found if len(found) == int(dropped[1]) else None
