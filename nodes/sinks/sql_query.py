"""`sql_query`: ask a database, pass the rows on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from nodes.clients.pick import Pick, PickText
from nodes.clients.sql import SqlAway, SqlRefused
from nodes.clients.sql.query import names_in
from nodes.connections.sql import Sql


class SqlQueryConfig(Config):
    """Settings of `sql_query`."""

    connection: str = connection("sql")
    """The database."""

    query: Annotated[str, Field(min_length=1, max_length=64 * 1024)]
    """The statement; `:name` stands for a value, which never becomes part of the text."""

    values: dict[str, PickText] = Field(default_factory=dict)
    """What the names stand for: names in meta or payload, templates or expressions; by default the name itself."""

    writes: bool = False
    """Allow statements that change data. Without it the database itself refuses them."""

    each: bool = False
    """One message for each row instead of one with all rows."""

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
            " values: {since: time - 3600000000000}}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SqlQueryConfig)
        unused = [name for name in config.values if name not in names_in(config.query)]
        return [("values", f"{name!r} does not stand in the query") for name in unused]

    async def open(self) -> None:
        config = self.config
        self._database = self.context.connection(config.connection, Sql).database
        self._picks = {name: config.values.get(name) or Pick(name) for name in names_in(config.query)}

    async def write(self, messages: Messages) -> list[Message]:
        answers: list[Message] = []
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                answers += await self._ask(message)
            except SqlAway as away:
                raise Unavailable(str(away)) from away
            except (SqlRefused, ValueError, TypeError) as fault:
                bad[place] = str(fault)[:300]
        if bad:
            raise Rejected(f"{len(bad)} queries were refused", bad, answers)
        return answers

    async def _ask(self, message: Message) -> list[Message]:
        config = self.config
        values = {name: pick(message) for name, pick in self._picks.items()}
        rows = await self._database.ask(config.query, values, config.max_rows, config.writes)
        if len(rows) >= config.max_rows:
            self.context.count("answers cut at max_rows")
        if config.each:
            return [message.with_payload(row) for row in rows]
        return [message.with_payload(rows)]
