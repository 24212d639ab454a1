"""connections/nats: addresses are read, a server that is away or lets nobody in is told in plain words."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nodes.connections.nats import Nats, NatsConfig
from tests.nodes.conftest import StartEngine
from tests.servers.nats import Nats as NatsServer
from tests.servers.ports import next_free_port
from tests.waiting import until

FLOW = """
flow: f
connections: {{c: {{type: nats, url: "{url}"}}}}
nodes: {{in: {{type: nats_in, connection: c, subject: probed, to: got}}, got: {{type: collect}}}}
"""


async def test_a_server_that_is_not_there_is_named_in_plain_words(start_engine: StartEngine) -> None:
    port = next_free_port()
    running = await start_engine(FLOW.format(url=f"nats://me:pa55@127.0.0.1:{port}"))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.fault == f"not connected: nothing listens at 127.0.0.1:{port}")
    assert connection.up is False and not connection.dead
    await until(lambda: running.station("in").reason == f"nothing listens at 127.0.0.1:{port}")


@pytest.mark.integration
async def test_a_server_that_hangs_is_told_and_found_again(nats: Nats, nats_server: NatsServer) -> None:
    assert await nats.introduce() == {"server": "NATS 2.15.1"}
    await until(lambda: nats.up is True)
    nats_server.freeze()
    await until(lambda: "answer" in nats.fault)
    nats_server.resume()
    await until(lambda: nats.up is True and not nats.fault)


@pytest.mark.parametrize("url", ["http://bus", "nats://", "bus:4222", "nats://a:4222,b:4222", "nats://a/x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no address of a server"):
        NatsConfig(url=url)
