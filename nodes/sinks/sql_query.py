"""`sql_query`: ask a database, pass the rows on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Sink, Unavailable, connection, parts_of
from nodes.batches.field_selector import FieldSelector, FieldText
from nodes.batches.outcomes import Outcomes
from nodes.batches.time_value import TimeValue, with_times
from nodes.clients.sql import SqlAway, SqlNoTable, SqlRefused
from nodes.clients.sql.fit import moment_of, time_text
from nodes.clients.sql.query import names_in
from nodes.codecs.payload import BadPayload, decoder
from nodes.connections.sql import Sql
from nodes.values.paths import with_value

Query = Annotated[str, Field(min_length=1, max_length=64 * 1024, json_schema_extra={"format": "multiline"})]
Target = Annotated[str, Field(pattern=r"^(payload(\.[^.\s]+)*|meta(\.[^.\s]+)+)$")]


class SqlQueryConfig(Config):
    """Settings of `sql_query`."""

    connection: str = connection("sql")
    """The database."""

    query: Query | dict[Literal["sqlite", "postgresql", "mysql"], Query]
    """The statement; `:name` stands for a value, which never becomes part of the text. Where databases differ, one
    for each kind that the connection may lead to."""

    values: dict[str, FieldText | TimeValue] = Field(default_factory=dict)
    """What the names stand for: names in meta or payload, templates or expressions; by default the name itself. A time
    is `{time: expression}`, such as `{time: time - 3600}` (seconds), whatever form the database has for it."""

    writes: bool = False
    """Allow statements that change data. Without it the database itself refuses them."""

    no_table: Literal["reject", "empty"] = "reject"
    """What a table that is not there yet means: a wrong query, or no rows."""

    json_columns: list[str] = Field(default_factory=list, max_length=100)
    """Columns that hold JSON: databases answer with its text, which is read here. No text and no JSON rejects."""

    each: bool = False
    """One message for each row instead of one with all rows."""

    into: Target = "payload"
    """Where the rows go: `payload`, a field such as `payload.rows`, or `meta.rows`."""

    max_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """At most so many rows are taken of an answer."""


class SqlQuery(Sink):
    """Ask once for each message. The payload of the answer is the list of rows, each a map by column."""

    config: SqlQueryConfig
    outputs = ("out",)
    merge = 100
    examples = (
        Example(
            "Last hour of a device",
            "{connection: history, query: 'SELECT time, value FROM readings WHERE device = :device AND time > :since',"
            " values: {since: {time: time - 3600}}}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SqlQueryConfig)
        queries = config.query.values() if isinstance(config.query, dict) else (config.query,)
        used = {name for query in queries for name in names_in(query)}
        unused = [name for name in config.values if name not in used]
        return [("values", f"{name!r} does not stand in the query") for name in unused]

    def sends(self, message: Message) -> Mapping[str, Any]:
        picked = _picked(with_times(self.config.values), message)
        shown = {name: time_text(value) if isinstance(value, datetime) else value for name, value in picked.items()}
        return {"values": shown}

    async def open(self) -> None:
        config = self.config
        self._outcomes = Outcomes("query was refused", "queries were refused")
        connected = self.context.connection(config.connection, Sql)
        self._database, query = connected.database, config.query
        if isinstance(query, dict):
            if connected.kind not in query:
                raise Unavailable(f"there is no query for {connected.kind}")
            query = query[connected.kind]
        self._query = query
        self._picks = with_times({name: config.values.get(name) or FieldSelector(name) for name in names_in(query)})

    async def write(self, messages: Messages) -> list[Message]:
        for place in self._outcomes.left(messages):
            try:
                self._outcomes.took(place, *await self._ask(messages[place]))
            except SqlAway as away:
                raise Unavailable(str(away)) from away
            except (SqlRefused, ValueError, TypeError) as fault:
                self._outcomes.refused(place, str(fault)[:300])
        return self._outcomes.result()

    async def _ask(self, message: Message) -> list[Message]:
        config = self.config
        values = _picked(self._picks, message)
        try:
            rows = await self._database.ask(self._query, values, config.max_rows, config.writes)
        except SqlNoTable:
            if config.no_table == "reject":
                raise
            rows = []
        for name in config.json_columns:
            for row in rows:
                row[name] = _read(name, row)
        if len(rows) >= config.max_rows:
            self.context.count("answers cut at max_rows")
        if config.each:
            made = [self._with(message, row) for row in rows]
            return list(parts_of(message, self.context.node, (m.payload for m in made), (m.meta for m in made)))
        return [self._with(message, rows)]

    def _with(self, message: Message, found: Any) -> Message:
        root, *path = self.config.into.split(".")
        if root == "meta":
            return message.replace(meta=with_value(message.meta, path, found))
        return message.with_payload(with_value(message.payload, path, found) if path else found)


_decode = decoder("json")


def _read(name: str, row: Mapping[str, Any]) -> Any:
    """What the text in this column says; null for null. Raises ValueError."""
    text = row.get(name)
    if text is None and name in row:
        return None
    if not isinstance(text, str):
        raise ValueError(f"column {name!r} is no text" if name in row else f"there is no column {name!r} in the answer")
    try:
        return _decode(text.encode())
    except BadPayload as fault:
        raise ValueError(f"column {name!r} holds no JSON: {fault}") from fault


def _picked(picks: Mapping[str, FieldSelector | TimeValue], message: Message) -> dict[str, Any]:
    """The values for a message, times as the database's driver takes them."""
    found = {name: pick(message) for name, pick in picks.items()}
    return {name: moment_of(value) if isinstance(picks[name], TimeValue) else value for name, value in found.items()}
