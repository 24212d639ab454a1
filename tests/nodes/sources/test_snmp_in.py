"""`snmp_in` through whole flows, against a real agent (net-snmp)."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.snmp_in import SnmpIn
from tests.nodes.conftest import StartEngine
from tests.servers.ports import next_free_port
from tests.servers.snmpd import AUTH_KEY, CONTACT, OTHER_USERS, PRIVACY_KEY, USER, Snmpd

CONTACT_OID, UPTIME, NOWHERE = "1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.99.0"
V3 = f"version: '3', user: {USER}, auth: sha256, auth_key: {AUTH_KEY}, privacy: aes, privacy_key: {PRIVACY_KEY}"


def flow(port: int, points: str, options: str = "every: 200ms", access: str = "version: 2c") -> str:
    return (
        f"flow: f\nconnections:\n  agent: {{type: snmp, host: 127.0.0.1, port: {port}, timeout: 500ms, {access}}}\n"
        f"nodes:\n  in: {{type: snmp_in, connection: agent, points: [{points}], {options}, to: got}}\n"
        "  got: {type: collect}\n"
    )


OTHERS = [
    f"version: '3', user: {auth}-{cipher}, auth: {auth}, auth_key: {AUTH_KEY}, privacy: {cipher}, "
    f"privacy_key: {PRIVACY_KEY}"
    for auth, cipher in OTHER_USERS
]


@pytest.mark.parametrize("access", ["version: '1'", "version: 2c, community: public", V3, *OTHERS])
async def test_objects_arrive_by_name_and_one_that_is_not_there_is_named(
    snmpd: Snmpd, start_engine: StartEngine, access: str
) -> None:
    points = (
        f"{{name: contact, address: {CONTACT_OID}}}, {{name: up, address: .{UPTIME}, scale: 0.01, unit: s}}, "
        f"{{name: none, address: {NOWHERE}}}"
    )
    running = await start_engine(flow(snmpd.port, points, access=access))
    await running.holds(2)
    for message in running.kept[:2]:
        assert message.payload["contact"] == CONTACT and 0 <= message.payload["up"] < 1e5
        assert set(message.meta["bad"]) == {"none"} and message.meta["units"] == {"up": "s"}


async def test_a_walk_is_a_map_by_index_and_a_table_is_rows(snmpd: Snmpd, start_engine: StartEngine) -> None:
    columns = "{name: port, address: 1.3.6.1.2.1.2.2.1.2}, {name: bytes_in, address: 1.3.6.1.2.1.2.2.1.10}"
    walked = await start_engine(flow(snmpd.port, columns, "every: 200ms, read: walk"))
    [payload, *_] = await walked.holds(1)
    assert "lo" in payload["port"].values() and set(payload["bytes_in"]) == set(payload["port"])
    await walked.deploy(flow(snmpd.port, columns, "every: 200ms, read: table"))
    await walked.until(lambda: isinstance(walked.payloads[-1], list))
    rows = walked.payloads[-1]
    assert [row["index"] for row in rows] == list(payload["port"])
    assert all(set(row) == {"index", "port", "bytes_in"} and isinstance(row["bytes_in"], int) for row in rows)


async def test_nothing_below_an_oid_is_bad(snmpd: Snmpd, start_engine: StartEngine) -> None:
    points = "{name: none, address: 1.3.6.1.4.1.99999}, {name: system, address: 1.3.6.1.2.1.1}"
    running = await start_engine(flow(snmpd.port, points, "every: 200ms, read: walk"))
    await running.holds(1)
    assert running.kept[0].meta["bad"] == {"none": "the device has nothing below it"}
    assert running.payloads[0]["system"]["4.0"] == CONTACT


@pytest.mark.parametrize("access", ["version: 2c, community: wrong", V3.replace(AUTH_KEY, "another-key-of-flow")])
async def test_a_wrong_secret_brings_nothing_and_is_not_shown(
    snmpd: Snmpd, start_engine: StartEngine, access: str
) -> None:
    running = await start_engine(
        flow(snmpd.port, f"{{name: c, address: {CONTACT_OID}}}", access=access + ", retries: 0")
    )
    await running.holds(1)
    assert running.payloads[0] == {} and running.kept[0].meta["bad"]["c"]
    assert "wrong" not in str(running.kept[0].meta).replace("Wrong", "") and "another-key" not in str(running.kept)


async def test_an_agent_that_is_silent_gives_bad_readings_and_answers_again_later(start_engine: StartEngine) -> None:
    running = await start_engine(
        flow(next_free_port(), f"{{name: c, address: {CONTACT_OID}}}", access="timeout: 100ms, retries: 0").replace(
            "timeout: 500ms, ", ""
        )
    )
    await running.holds(3)
    assert all(m.payload == {} and m.meta["bad"]["c"] for m in running.kept)
    assert not running.engine.flows["f"].connections["agent"].up


async def test_datagrams_that_are_rubbish_bring_nothing_and_break_nothing(start_engine: StartEngine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.setblocking(False)
        loop = asyncio.get_running_loop()

        async def answer() -> None:
            for place in range(100_000):
                asked, peer = await loop.sock_recvfrom(door, 4096)
                for made in (
                    asked,
                    asked[: len(asked) // 2],
                    bytes([0x30, 0x82, 0xFF, 0xFF]) + asked,
                    b"",
                    bytes(place),
                ):
                    await loop.sock_sendto(door, made[:4000], peer)

        answering = asyncio.create_task(answer())
        try:
            port = door.getsockname()[1]
            running = await start_engine(flow(port, f"{{name: c, address: {CONTACT_OID}}}", access="retries: 0"))
            await running.holds(2)
            assert all(m.payload == {} and m.meta["bad"]["c"] for m in running.kept)
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


async def test_why_a_value_is_bad_is_told_by_the_connection(snmpd: Snmpd, start_engine: StartEngine) -> None:
    running = await start_engine(flow(snmpd.port, f"{{name: c, address: {CONTACT_OID}}}"))
    await running.holds(1)
    connection: Any = running.engine.flows["f"].connections["agent"]
    [party] = connection.diagnosis().parties
    assert connection.up and party.reason == "" and party.figures["answers"] >= 1
    assert connection.read_now("agent") and not connection.read_now("other")


def test_flow_tests_send_points_by_name() -> None:
    node: Any = make(SnmpIn, f"{{connection: a, points: [{{name: up, address: {UPTIME}, unit: s}}]}}")
    assert node.received(Message({"up": 21.5})).meta == {"bad": {}, "units": {"up": "s"}}
    with pytest.raises(ValueError, match="none of its points"):
        node.received(Message({"x": 1}))


@pytest.mark.parametrize("address", ["sysContact.0", "1", "1..3", "3.1", "1.3.x"])
def test_an_address_that_is_no_oid_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no OID"):
        make(SnmpIn, f"{{connection: a, points: [{{name: t, address: '{address}'}}]}}")
