"""A reader that goes leaves no socket open, however the cluster answers its farewell."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nodes.clients.kafka.client import KafkaClient
from nodes.clients.kafka.offsets import Offsets
from nodes.clients.kafka.reader import Reader
from tests.servers.kafka import KafkaServer
from tests.waiting import until


@pytest.mark.integration
async def test_a_reader_that_goes_while_the_cluster_hangs_says_its_farewell_once_and_closes_its_lines(
    kafka_server: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = KafkaClient([kafka_server.address], {}, None, timeout_s=2.0)
    reader = await Reader.begin(client, ["hung"], "hung", True, Offsets())
    lines = list(reader._consumer._client._conns.values())
    farewells: list[Any] = []
    stop = reader._consumer.stop

    async def told_stop() -> None:
        farewells.append(None)
        await stop()

    monkeypatch.setattr(reader._consumer, "stop", told_stop)
    kafka_server.freeze()
    try:
        await reader.close()
    finally:
        kafka_server.resume()
    assert lines and not any(line.connected() for line in lines)
    assert len(farewells) == 1 and reader.left.is_set() and not client.readers
    await client.close()


@pytest.mark.integration
async def test_a_client_that_is_cut_off_while_it_closes_leaves_no_line_open(kafka_server: KafkaServer) -> None:
    client = KafkaClient([kafka_server.address], {}, None, timeout_s=2.0)
    reader = await Reader.begin(client, ["cut"], "cut", True, Offsets())
    lines = list(reader._consumer._client._conns.values())
    kafka_server.freeze()
    try:
        closing = asyncio.create_task(reader.close())
        await until(lambda: reader._task is None or reader._task.done())
        closing.cancel()
        await asyncio.wait([closing])
    finally:
        kafka_server.resume()
    assert closing.cancelled() and lines and not any(line.connected() for line in lines)
    await client.close()
