"""connections/sql: addresses are read, passwords never shown."""

import pytest
from pydantic import ValidationError

from nodes.clients.sql import SqlSettings
from nodes.connections.sql import SqlConfig


def test_a_password_in_the_address_never_shows() -> None:
    config = SqlConfig(url="postgresql://me:pa55@db/plant", password="s3cret")
    shown = repr(config) + config.model_dump_json()
    assert "pa55" not in shown and "s3cret" not in shown and "postgresql://me:***@db/plant" in shown


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("oracle://x/y", "begins with"),
        ("postgresql://host", "name of the database"),
        ("mysql:///plant", "no host"),
        ("sqlite://", "name of the database"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused(url: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        SqlConfig(url=url)


def test_an_address_is_read_with_its_escapes() -> None:
    read = SqlSettings.read("mariadb://me%40x:p%2Fw@db:3307/plant?ssl=1")
    assert (read.scheme, read.host, read.port, read.path) == ("mysql", "db", 3307, "plant")
    assert (read.username, read.password, read.options) == ("me@x", "p/w", {"ssl": "1"})
    assert SqlSettings.read("sqlite:////var/lib/x.db").path == "/var/lib/x.db"
