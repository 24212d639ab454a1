"""What PostgreSQL answers, as payloads have it, also where Python has no such value.

Source: PostgreSQL documentation, chapter 8 (data types); asyncpg, type conversion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg

from nodes.clients.sql.values import plain

UNREADABLE = "the answer holds a time outside the years 1 to 9999: write it as text in the query (`at::text`)"

_FRACTION = re.compile(r"\.\d+")


def _micros(text: str) -> str:
    return _FRACTION.sub(lambda found: found[0].ljust(7, "0"), text)


_TEXTS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("time", "timetz"), _micros),
    **dict.fromkeys(("date", "bit", "varbit", "path", "polygon"), str),
}
"""Types that are text on both ways: the driver knows no `24:00`, `infinity` and `44 BC`, and has classes of its own."""


async def with_texts(connection: Any) -> None:
    """Make the connection take and give these types as text, for times with all microseconds or none."""
    for name, read in _TEXTS.items():
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=read)


def cast_of_text(kind: asyncpg.Type) -> str:
    """What stands behind a placeholder so that the server makes its value of text."""
    name, array, _ = kind.name.partition("[]")
    return f'::text::"{kind.schema}"."{name}"{array}'


def answered(value: Any) -> Any:
    """A value of an answer as a payload has it."""
    if isinstance(value, datetime) and (end := _ENDS.get(value.replace(tzinfo=UTC))):
        return end
    return [answered(each) for each in value] if isinstance(value, list) else plain(value, _of_the_driver)


_ENDS = {datetime.max.replace(tzinfo=UTC): "infinity", datetime.min.replace(tzinfo=UTC): "-infinity"}
"""What the driver makes of times without an end or a beginning; `sql_out` never stores these two themselves."""


def _of_the_driver(value: Any) -> Any:
    if not isinstance(value, asyncpg.Range):
        return str(value)
    if value.isempty:
        return "empty"
    ends = ("" if end is None else str(answered(end)) for end in (value.lower, value.upper))
    return f"{'[' if value.lower_inc else '('}{','.join(ends)}{']' if value.upper_inc else ')'}"
