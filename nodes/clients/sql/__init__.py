"""Databases that speak SQL, behind one interface: PostgreSQL (TimescaleDB), MySQL and MariaDB, SQLite."""

from __future__ import annotations

from pathlib import Path

from nodes.clients.sql.database import Database, SqlAway, SqlNoTable, SqlRefused, Table
from nodes.clients.sql.settings import SqlSettings

__all__ = ["Database", "SqlAway", "SqlNoTable", "SqlRefused", "SqlSettings", "Table", "database"]


def database(settings: SqlSettings, data_dir: Path) -> Database:
    """The client for an address; relative SQLite files lie in `data_dir`. Drivers are imported when first needed."""
    if settings.scheme == "sqlite":
        from nodes.clients.sql.sqlite import Sqlite

        return Sqlite(settings, data_dir)
    if settings.scheme == "postgresql":
        from nodes.clients.sql.postgres import Postgres

        return Postgres(settings)
    from nodes.clients.sql.mysql import Mysql

    return Mysql(settings)
