"""connections/redis: addresses are read, passwords never shown."""

import pytest
from pydantic import ValidationError

from nodes.connections.redis import RedisConfig


def test_a_password_never_shows() -> None:
    config = RedisConfig(url="redis://me:pa55@cache:6379/0", password="s3cret")
    shown = repr(config) + config.model_dump_json()
    assert "pa55" not in shown and "s3cret" not in shown and "redis://me:***@cache:6379/0" in shown


@pytest.mark.parametrize("url", ["http://cache", "redis://", "redis://cache/x", "cache:6379"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no address of a server"):
        RedisConfig(url=url)
