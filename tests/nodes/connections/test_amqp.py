"""connections/amqp: addresses are read, a broker that is away or lets nobody in is told in plain words."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nodes.connections.amqp import Amqp, AmqpConfig
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port
from tests.servers.rabbitmq import RabbitServer
from tests.waiting import until

FLOW = """
flow: f
connections: {{c: {{type: amqp, url: "{url}", {more}}}}}
nodes: {{in: {{type: amqp_in, connection: c, queue_name: probed, to: got}}, got: {{type: collect}}}}
"""


async def test_a_broker_that_is_not_there_is_named_in_plain_words(start_engine: StartEngine) -> None:
    port = next_free_port()
    running = await start_engine(FLOW.format(url=f"amqp://127.0.0.1:{port}", more=""))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.fault == f"not connected: nothing listens at 127.0.0.1:{port}")
    assert connection.up is False and not connection.dead
    await until(lambda: running.station("in").reason == f"nothing listens at 127.0.0.1:{port}")


@pytest.mark.integration
async def test_a_broker_that_hangs_is_told_and_found_again(amqp: Amqp, rabbitmq_server: RabbitServer) -> None:
    assert (await amqp.introduce())["server"].startswith("RabbitMQ 3.")
    await until(lambda: amqp.up is True)
    rabbitmq_server.freeze()
    await until(lambda: "answer" in amqp.fault)
    rabbitmq_server.resume()
    await until(lambda: amqp.up is True and not amqp.fault)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("address", "more", "told"),
    [("", "password: wr0ng", "does not let this account in"), ("/nowhere", "", "has no such virtual host")],
)
async def test_whom_the_broker_does_not_let_in_reads_why(
    start_engine: StartEngine, rabbitmq_server: RabbitServer, address: str, more: str, told: str
) -> None:
    running = await start_engine(FLOW.format(url=rabbitmq_server.url + address, more=more))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: told in connection.fault)
    assert "wr0ng" not in connection.fault


@pytest.mark.parametrize("url", ["http://mq", "amqp://", "mq:5672", "amqp://mq/a b", "amqp://mq?heartbeat=0"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no address of a broker"):
        AmqpConfig(url=url)


def test_an_account_in_the_address_is_refused_and_never_shown() -> None:
    with pytest.raises(ValidationError, match="`username` and `password`") as fault:
        AmqpConfig(url="amqp://me:s3cret@mq")
    assert all("s3cret" not in each["msg"] for each in fault.value.errors())
