"""connections/http and its client: addresses are checked at connect and after redirects, answers are bounded."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from flowengine.clock import SystemClock
from nodes.clients.http.addresses import AddressRefused, Allowed
from nodes.clients.http.client import HttpAway, HttpClient, HttpRefused, HttpSettings
from nodes.connections.http import Http, HttpConfig
from tests.servers.fault_http import Step, fault_server
from tests.waiting import until

HIDDEN = [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::",
    "255.255.255.255", "240.0.0.1", "192.0.2.1",
]  # fmt: skip


@pytest.mark.parametrize("address", HIDDEN)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        Allowed().check(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address: str) -> None:
    Allowed().check(address)


def test_a_listed_network_is_allowed_and_its_neighbour_is_not() -> None:
    allowed = Allowed(["192.168.1.0/24", "::1"])
    allowed.check("192.168.1.77")
    allowed.check("::ffff:192.168.1.77")
    allowed.check("::1")
    with pytest.raises(AddressRefused):
        allowed.check("192.168.2.1")


async def client_asks(settings: HttpSettings, url: str) -> Any:
    """One request by a client of its own."""
    client = HttpClient(settings)
    try:
        return await client.request("GET", url)
    finally:
        await client.close()


async def test_names_and_literals_that_lead_to_loopback_are_refused_before_anything_is_sent() -> None:
    async with fault_server() as server:
        port = server.url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"):
            with pytest.raises((HttpRefused, HttpAway)):
                await client_asks(HttpSettings(allowed=Allowed()), f"http://{host}:{port}/")
        with pytest.raises(HttpRefused, match="not listed"):
            await client_asks(HttpSettings(allowed=Allowed()), f"http://localhost:{port}/")
        assert server.requests == []


async def test_a_redirect_to_a_hidden_address_is_refused() -> None:
    async with fault_server() as inner, fault_server() as outer:
        hidden = inner.url.replace("127.0.0.1", "127.0.0.2")
        outer.steps.append(Step(302, headers={"Location": hidden}))
        with pytest.raises(HttpRefused, match="not listed"):
            await client_asks(HttpSettings(allowed=Allowed(["127.0.0.1"])), outer.url)
        assert inner.requests == []


async def test_an_endless_redirect_ends() -> None:
    async with fault_server() as server:
        server.decide = lambda _: Step(302, headers={"Location": server.url})
        with pytest.raises(HttpRefused):
            await client_asks(HttpSettings(), server.url)
        assert len(server.requests) < 10


async def test_a_large_or_compressed_answer_is_refused_and_not_unpacked() -> None:
    async with fault_server(Step(200, "x" * 100_001)) as server:
        with pytest.raises(HttpRefused, match="larger than 100000"):
            await client_asks(HttpSettings(max_answer_bytes=100_000), server.url)
        server.steps.append(Step(200, gzip.compress(b"0").hex(), {"Content-Encoding": "gzip"}))
        with pytest.raises(HttpRefused, match="compressed"):
            await client_asks(HttpSettings(), server.url)
        assert server.requests[0].headers["Accept-Encoding"] == "identity"


async def test_silence_is_away_within_the_time_out() -> None:
    async with fault_server(Step(200, hang_s=5)) as server:
        with pytest.raises(HttpAway, match="in time"):
            await client_asks(HttpSettings(timeout_s=0.2), server.url)


async def test_who_is_not_there_is_told_without_a_librarys_words() -> None:
    async with fault_server(Step(reset=True), Step(reset=True)) as server:
        url = server.url
        with pytest.raises(HttpAway, match=r"^the server cut the connection$"):
            await client_asks(HttpSettings(), url)
    with pytest.raises(HttpAway, match=r"^nothing listens at 127\.0\.0\.1:\d+$"):
        await client_asks(HttpSettings(), url)
    with pytest.raises(HttpAway, match=r"^no address is known for nowhere\.invalid$"):
        await client_asks(HttpSettings(), "http://nowhere.invalid/")


@pytest.mark.parametrize(
    ("text", "wait_s"), [("7", 7), ("99999", 3600), ("soon", None), ("-1", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)]
)
async def test_retry_after_is_read_as_seconds_or_date(text: str, wait_s: float | None) -> None:
    async with fault_server(Step(429, headers={"Retry-After": text})) as server:
        assert (await client_asks(HttpSettings(), server.url)).retry_after_s == wait_s


async def test_a_service_that_is_asked_for_its_health_is_named_while_it_hangs_or_is_ill(tmp_path: Path) -> None:
    async with fault_server() as server:
        answer = Step(200)
        server.decide = lambda _: answer
        settings = HttpConfig(url=server.url, health="/healthz", allow=["127.0.0.1"])
        log = logging.LoggerAdapter(logging.getLogger("test"), {})
        connection = Http(settings, "service", log, SystemClock(), tmp_path)
        await connection.open()
        await until(lambda: connection.up)
        answer = Step(503)
        await until(lambda: connection.fault == "not connected: /healthz answers 503")
        answer = Step(200, hang_s=60)
        await until(lambda: connection.fault == "not connected: no answer in time")
        assert not connection.up
        answer = Step(404)
        await until(lambda: not connection.fault)
        await connection.close()
        assert {request.path for request in server.requests} == {"/healthz"}


def test_secrets_never_show_and_networks_are_checked() -> None:
    config = HttpConfig(token="t0p", headers={"X-Key": "k3y"}, password="pa55")
    assert not {"t0p", "k3y", "pa55"} & {part for part in ("t0p", "k3y", "pa55") if part in repr(config)}
    assert "k3y" not in config.model_dump_json()
    with pytest.raises(ValidationError, match="does not appear to be"):
        HttpConfig(allow=["localhost"])


def test_a_base_that_is_no_address_of_the_web_is_told_before_it_runs() -> None:
    assert HttpConfig.model_validate({}).url == ""
    with pytest.raises(ValueError, match="begins with http://"):
        HttpConfig.model_validate({"url": "api.example.org/v1"})
