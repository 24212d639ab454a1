"""connections/kafka: addresses are read, a cluster that is away or hangs is told in plain words."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nodes.connections.kafka import Kafka, KafkaConfig, _account
from tests.nodes.conftest import StartEngine
from tests.servers.kafka import KafkaServer
from tests.servers.ports import next_free_port
from tests.waiting import until

FLOW = """
flow: f
connections: {{c: {{type: kafka, servers: ['127.0.0.1:{port}'], timeout: 2s}}}}
nodes: {{in: {{type: kafka_in, connection: c, topics: [probed], to: got}}, got: {{type: collect}}}}
"""


async def test_a_cluster_that_is_not_there_is_named_in_plain_words(start_engine: StartEngine) -> None:
    port = next_free_port()
    running = await start_engine(FLOW.format(port=port))
    connection = running.engine.flows["f"].connections["c"]
    await until(lambda: connection.fault == f"not connected: 127.0.0.1:{port} does not answer")
    assert connection.up is False and not connection.dead
    await until(lambda: running.station("in").reason == f"127.0.0.1:{port} does not answer")


@pytest.mark.integration
async def test_a_cluster_that_hangs_is_told_and_found_again(kafka: Kafka, kafka_server: KafkaServer) -> None:
    assert (await kafka.introduce())["server"] == "Kafka, 1 broker"
    await until(lambda: kafka.up is True)
    kafka_server.freeze()
    await until(lambda: "answer" in kafka.fault)
    kafka_server.resume()
    await until(lambda: kafka.up is True and not kafka.fault)


@pytest.mark.parametrize("servers", ["[]", "['kafka']", "['http://kafka:9092']", "['kafka:99999']"])
def test_an_address_that_is_none_is_refused(servers: str) -> None:
    with pytest.raises(ValidationError):
        KafkaConfig.model_validate({"servers": servers})


def test_an_account_is_whole_and_never_shown() -> None:
    config = KafkaConfig(servers=["k:9092"], username="me", password="s3cret")
    assert "s3cret" not in repr(config) + config.model_dump_json()
    assert _account(config) == {
        "sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": "me", "sasl_plain_password": "s3cret",
    }  # fmt: skip
    assert Kafka.check(KafkaConfig(servers=["k:9092"], username="me"))[0][0] == "password"
    assert not Kafka.check(config) and _account(KafkaConfig(servers=["k:9092"])) == {}
