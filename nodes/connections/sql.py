"""`sql`: a shared client of PostgreSQL (TimescaleDB), MySQL, MariaDB or SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, PositiveInt

from flowengine import Config, Duration, Example, HostFile, SecretText
from flowengine.config import UrlText, revealed
from nodes.clients.address_words import in_url
from nodes.clients.probe import ProbedConnection
from nodes.clients.sql import SqlSettings, database

GREETINGS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        "server": "SELECT split_part(version(), ' on ', 1) AS n",
        "tls": "SELECT CASE WHEN ssl THEN version ELSE 'none' END AS n FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        "rights": "SELECT current_user || CASE WHEN has_schema_privilege(current_schema(), 'CREATE') "
        "THEN ': may create tables' ELSE ': may create no tables' END AS n",
    },
    "mysql": {
        "server": "SELECT CONCAT(@@version_comment, ' ', @@version) AS n",
        "tls": "SHOW STATUS LIKE 'Ssl_version'",
        "rights": "SELECT CURRENT_USER() AS n",
    },
    "sqlite": {"server": "SELECT 'SQLite ' || sqlite_version() AS n"},
}
"""What is asked of a database that is tried; the last column of the one row is the answer."""


def _address(url: str) -> str:
    SqlSettings.read(url)
    return url


class SqlConfig(Config):
    """Settings of an `sql` connection."""

    also_called = in_url("postgresql://USER@HOST/DATABASE", "user", "username", "database", "db", "driver", "dialect")

    url: Annotated[UrlText, AfterValidator(_address)]
    """Address: `postgresql://user@host/database`, `mysql://…` or `sqlite:///file.db` in the data folder."""

    password: SecretText | None = None
    """Password; write `${secret:NAME}`."""

    pool: PositiveInt = SqlSettings.pool
    """At most so many connections (PostgreSQL, MySQL)."""

    timeout: Duration = SqlSettings.timeout_s
    """Longest wait for a connection, an answer or a lock."""

    def host_files(self) -> Sequence[HostFile]:
        """The file of SQLite."""
        to = SqlSettings.read(self.url)
        return [HostFile(("url",), to.path, own=True)] if to.scheme == "sqlite" else []


class Sql(ProbedConnection):
    """One database, shared by every node that names it."""

    config: SqlConfig
    examples = (
        Example("PostgreSQL", "{url: 'postgresql://flow@db/plant', password: '${secret:db}'}"),
        Example("A history without a server", "{url: 'sqlite:///history.db'}"),
    )

    async def open(self) -> None:
        config = self.config
        password = revealed(config.password)
        settings = SqlSettings.read(config.url, password, config.pool, config.timeout)
        if settings.scheme == "sqlite":
            settings = replace(settings, path=config.real(settings.path, self.data_dir))
        self.database = database(settings, self.data_dir)
        self.watch(self.database, self._ask, asked=self.kind != "sqlite")  # its file is no far side

    async def introduce(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, query in GREETINGS[self.kind].items():
            rows = await self.database.ask(query, {}, 1, False)
            if rows:
                found[name] = str(next(reversed(rows[0].values())) or "none")
        return found

    @property
    def kind(self) -> Literal["postgresql", "mysql", "sqlite"]:
        """Whose dialect it speaks."""
        return SqlSettings.read(self.config.url).scheme

    async def _ask(self) -> None:
        await self.database.greet()
