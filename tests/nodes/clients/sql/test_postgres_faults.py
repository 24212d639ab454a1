"""What each exception of PostgreSQL's client means: away, or of the data (or ours), which is never away."""

from __future__ import annotations

import inspect

import asyncpg
import pytest

from nodes.clients.sql.postgres_faults import is_away

AWAY = {
    "08": "connection", "25": "transaction state", "28": "authorization", "3D": "no database", "3F": "no schema",
    "40": "rollback", "53": "resources", "55": "locks", "57": "operator", "58": "system", "F0": "files", "XX": "server",
}  # fmt: skip
AWAY_STATES = ("42P01", "42501", "42703", "42P10")
STATES = {
    each.sqlstate
    for _, each in inspect.getmembers(asyncpg.exceptions, inspect.isclass)
    if issubclass(each, asyncpg.PostgresError) and getattr(each, "sqlstate", None)
}


@pytest.mark.parametrize("state", sorted(STATES))
def test_every_state_of_the_server_is_away_or_of_the_data(state: str) -> None:
    fault = asyncpg.PostgresError.new({"C": state, "M": "as the server says"})
    assert is_away(fault) is (state[:2] in AWAY or state in AWAY_STATES)


@pytest.mark.parametrize(
    ("fault", "away"),
    [
        (asyncpg.InternalClientError("no binary format encoder for type inet"), False),
        (asyncpg.DataError("invalid input for query argument $1"), False),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.UnsupportedClientFeatureError("x"), False),
        (asyncpg.ProtocolError("cut"), True),
        (asyncpg.OutdatedSchemaCacheError("changed"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (EOFError(), True),
        (TypeError(), False),
        (KeyError(), False),
        (AttributeError(), False),
        (OverflowError(), False),
        (RuntimeError(), False),
    ],
)
def test_every_fault_of_the_client_is_away_or_ours(fault: Exception, away: bool) -> None:
    assert is_away(fault) is away


def test_no_exception_of_the_driver_is_forgotten() -> None:
    judged = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, Warning)
    found = [each for _, each in inspect.getmembers(asyncpg.exceptions, inspect.isclass) if issubclass(each, Exception)]
    assert found and all(issubclass(each, judged) for each in found)
