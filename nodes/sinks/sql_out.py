"""`sql_out`: write messages as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from flowengine import Config, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from flowengine.counts import count_of
from nodes.batches.field_selector import FieldText
from nodes.clients.sql import SqlAway, SqlRefused, Table
from nodes.clients.sql.database import identifier
from nodes.clients.sql.rows import Rows
from nodes.connections.sql import Sql

Name = Annotated[str, AfterValidator(identifier)]


def _table(name: str) -> str:
    for part in (parts := name.split(".")):
        identifier(part)
    if len(parts) > 2:
        raise ValueError("write table or schema.table")
    return name


Columns = dict[Name, FieldText] | list[Name]


def _by_name(columns: Any) -> Any:
    names = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    return {name: name for name in columns} if names else columns


class SqlOutConfig(Config):
    """Settings of `sql_out`."""

    connection: str = connection("sql")
    """The database."""

    table: Annotated[str, AfterValidator(_table)]
    """Table, or `schema.table`."""

    columns: Annotated[dict[Name, FieldText], BeforeValidator(_by_name, json_schema_input_type=Columns)] = Field(
        min_length=1
    )
    """Columns, each with what goes in: a name in meta or payload, a template with `{…}`, or an expression. A list
    of names takes what has the same name."""

    mode: Literal["insert", "upsert"] = "insert"
    """`upsert` replaces the row that has the same keys, so that a message delivered twice is one row."""

    keys: list[Name] = Field(default_factory=list)
    """Columns that make a row unique; the table needs a primary key or unique index on them."""

    missing: Literal["null", "keep"] = "null"
    """What an upsert does to a column for which the message has no value: write null, or keep what is there."""

    create: bool | dict[Name, Literal["time", "float", "int", "bool", "text", "json", "bytes"]] = False
    """Make the table when it is missing; numbers become double precision, times a time stamp, maps JSON. With the
    types of columns (text where none is given) it is made at the start, else by the first values."""


class SqlOut(Sink):
    """Write batches of rows; rows that the database refuses are rejected one by one, and the others are kept."""

    config: SqlOutConfig
    examples = (
        Example(
            "A history in SQLite or any other database",
            "{connection: history, table: readings, create: true, mode: upsert, keys: [time, device, sensor],"
            " columns: {time: time, device: device, sensor: sensor, value: payload.value}}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SqlOutConfig)
        if config.mode == "upsert" and not config.keys:
            return (("keys", "upsert needs the columns that make a row unique"),)
        if config.missing == "keep" and config.mode != "upsert":
            return (("missing", "`keep` needs `mode: upsert`"),)
        typed = config.create if isinstance(config.create, dict) else {}
        named = {"keys": config.keys, "create": [*typed]}
        return [(option, f"{name!r} is not among the columns")
                for option, names in named.items() for name in names if name not in config.columns]  # fmt: skip

    def sends(self, message: Message) -> Mapping[str, Any]:
        row = {name: pick.written(message) for name, pick in self.config.columns.items()}
        return {"table": self.config.table, "row": row}

    async def open(self) -> None:
        config = self.config
        self._database = self.context.connection(config.connection, Sql).database
        self._table = Table(
            config.table, tuple(config.columns), tuple(config.keys), config.mode == "upsert", config.missing == "keep"
        )
        self._rows = Rows(config.columns)
        self._known = False
        if isinstance(config.create, dict):
            try:
                await self._learn(())
            except (SqlAway, SqlRefused) as away:
                raise Unavailable(str(away)) from away

    async def write(self, messages: Messages) -> None:
        try:
            if not self._known:
                await self._learn(messages)
            rows, places, bad = self._rows.build(messages)
            refused = await self._database.write(self._table, rows) if rows else {}
            if rows:
                self.context.count("transactions")
        except SqlAway as away:
            self._known = False  # whoever mends the database may change the table
            raise Unavailable(str(away)) from away
        except SqlRefused as fault:
            raise Rejected(str(fault)) from fault
        bad.update({places[index]: reason for index, reason in refused.items()})
        if bad:
            raise Rejected(f"{count_of(len(bad), 'row was', 'rows were')} refused", bad)

    async def _learn(self, messages: Messages) -> None:
        """Find out what the columns take; make the table if that is wanted."""
        columns = await self._database.columns(self._table)
        if not columns and self.config.create:
            typed = self.config.create if isinstance(self.config.create, dict) else {}
            try:
                await self._database.create(
                    self._table, {**self._rows.kinds(messages), **typed}, self._rows.time_column
                )
            except SqlRefused as fault:  # a person makes it otherwise; no message is at fault
                raise Unavailable(f"cannot make table {self.config.table}: {fault}") from fault
            columns = await self._database.columns(self._table)
        if not columns:
            raise Unavailable(f"there is no table {self.config.table}; make it or set `create: true`")
        missing = self._rows.fit(columns)
        if missing:
            raise Unavailable(f"table {self.config.table} has no column {', '.join(missing)}")
        self._known = True
