"""connections/redis: addresses are read, passwords never shown."""

import pytest
from pydantic import ValidationError

from nodes.connections.redis import RedisConfig
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port
from tests.servers.redis import RedisServer
from tests.waiting import until

FLOW = """
flow: f
connections: {{c: {{type: redis, url: "{url}"}}}}
nodes: {{in: {{type: redis_in, connection: c, key: probed, group: g, to: got}}, got: {{type: collect}}}}
"""


async def test_a_server_that_is_not_there_is_named_in_plain_words(start_engine: StartEngine) -> None:
    port = next_free_port()
    running = await start_engine(FLOW.format(url=f"redis://127.0.0.1:{port}"))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.fault == f"not connected: nothing listens at 127.0.0.1:{port}")
    assert connection.up is False and not connection.dead
    await until(lambda: running.station("in").reason == f"nothing listens at 127.0.0.1:{port}")


async def test_a_server_that_answers_is_up_before_it_is_used(
    start_engine: StartEngine, redis_server: RedisServer
) -> None:
    flow = f'flow: f\nconnections: {{c: {{type: redis, url: "{redis_server.url}"}}}}\nnodes: {{got: {{type: collect}}}}'
    running = await start_engine(flow)
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.up is True)
    assert connection.fault == ""


def test_a_password_never_shows() -> None:
    config = RedisConfig(url="redis://me:pa55@cache:6379/0", password="s3cret")
    shown = repr(config) + config.model_dump_json()
    assert "pa55" not in shown and "s3cret" not in shown and "redis://me:***@cache:6379/0" in shown


@pytest.mark.parametrize("url", ["http://cache", "redis://", "redis://cache/x", "cache:6379"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no address of a server"):
        RedisConfig(url=url)
