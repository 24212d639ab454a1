"""A server that a connection names sends no client elsewhere: not into our own network, not to a cloud's metadata."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from flowengine.diagnosis import Tape
from nodes.clients.brokers import BrokerAway
from nodes.clients.http.client import HttpAway
from nodes.clients.influxdb.client import InfluxClient
from nodes.clients.influxdb.settings import InfluxSettings
from nodes.clients.mqtt.framing import Framer
from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.mqtt.websocket import connect_websocket
from nodes.clients.object_store import ObjectStore


@asynccontextmanager
async def sending_elsewhere() -> AsyncIterator[tuple[str, list[str]]]:
    """Address of a server that answers with a redirect, and which requests came where that leads."""
    asked: list[str] = []

    async def there(request: web.Request) -> web.Response:
        asked.append(request.method)
        return web.Response(headers={"ETag": '"1"'})

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(str(inner.make_url(request.path)))

    inner, outer = (TestServer(web.Application()) for _ in range(2))
    for server, answer in ((inner, there), (outer, elsewhere)):
        server.app.router.add_route("*", "/{any:.*}", answer)
    async with inner, outer:
        yield str(outer.make_url("")).rstrip("/"), asked


async def by_s3(url: str) -> None:
    await ObjectStore(url, "bucket", "us-east-1", ("key", "secret"), 5.0).put("a", b"1")


async def by_s3_when_it_asks(url: str) -> None:
    await ObjectStore(url, "bucket", "us-east-1", None, 5.0).introduce()


async def by_influxdb(url: str) -> None:
    client = InfluxClient(InfluxSettings(url=url, bucket="b", org="o"))
    try:
        await client.write(["a b=1"], "ns")
    finally:
        await client.http.close()


async def by_mqtt(url: str) -> None:
    await connect_websocket(
        MqttSettings(url=url.replace("http", "ws", 1)), cast("Framer", None), lambda *_: None, cast("Tape", None)
    )


@pytest.mark.parametrize("client", [by_s3, by_s3_when_it_asks, by_influxdb, by_mqtt])
async def test_no_client_of_a_named_server_follows_it_elsewhere(
    client: Callable[[str], Coroutine[Any, Any, None]],
) -> None:
    async with sending_elsewhere() as (url, asked_there):
        with pytest.raises((OSError, BrokerAway, HttpAway)):
            await client(url)
    assert asked_there == []
