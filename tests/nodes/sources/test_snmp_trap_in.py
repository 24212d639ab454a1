"""`snmp_trap_in` through whole flows; a real sender (net-snmp's snmptrap) sends."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.snmp_trap_in import SnmpTrapIn
from tests.nodes.conftest import Running, StartEngine
from tests.servers.ports import next_free_port
from tests.servers.process import program
from tests.waiting import until

LINK_DOWN, INDEX = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.7"
ENGINE = "80001f8880e9630000d61ff449"
V3_KEYS = ["-l", "authPriv", "-u", "flow", "-a", "SHA-256", "-A", "auth-of-flow", "-x", "AES", "-X", "privacy-of-flow"]
V3 = "user: flow, auth: sha256, auth_key: auth-of-flow, privacy: aes, privacy_key: privacy-of-flow"


async def started(start_engine: StartEngine, access: str) -> tuple[Running, str]:
    address = f"127.0.0.1:{next_free_port()}"
    running = await start_engine(
        f"flow: f\nnodes:\n  in: {{type: snmp_trap_in, listen: '{address}', {access}, to: got}}\n"
        "  got: {type: collect}\n"
    )
    await running.until(lambda: running.station("in").state == "running")
    return running, address


async def sent(program_: str, *arguments: str) -> int:
    process = await asyncio.create_subprocess_exec(program(program_, "snmp"), *arguments)
    return await asyncio.wait_for(process.wait(), 60)


async def until_heard(running: Running, program_: str, *arguments: str) -> Message:
    """The first one that is heard: the door may open a moment after the node runs."""

    async def heard() -> bool:
        await sent(program_, *arguments)
        return bool(running.kept)

    await until(heard)
    return running.kept[0]


async def test_a_trap_is_a_message_with_its_objects(start_engine: StartEngine) -> None:
    running, address = await started(start_engine, "communities: [plant]")
    message = await until_heard(
        running,
        "snmptrap",
        "-v2c",
        "-cplant",
        address,
        "4200",
        LINK_DOWN,
        INDEX,
        "i",
        "7",
        "1.3.6.1.2.1.1.5.0",
        "s",
        "sw1",
    )
    assert message.payload == {INDEX: 7, "1.3.6.1.2.1.1.5.0": "sw1"}
    assert message.topic == LINK_DOWN and message.meta["trap"] == LINK_DOWN and message.meta["uptime_s"] == 42.0
    assert message.meta["peer"].startswith("127.0.0.1:")


async def test_a_trap_of_version_1_is_told_in_the_words_of_version_2(start_engine: StartEngine) -> None:
    running, address = await started(start_engine, "communities: [plant]")
    message = await until_heard(
        running,
        "snmptrap",
        "-v1",
        "-cplant",
        address,
        "1.3.6.1.4.1.8072",
        "10.0.0.9",
        "2",
        "0",
        "4200",
        INDEX,
        "i",
        "7",
    )
    assert message.meta["trap"] == LINK_DOWN and message.payload[INDEX] == 7


async def test_an_inform_is_confirmed(start_engine: StartEngine) -> None:
    running, address = await started(start_engine, "communities: [plant]")
    await until_heard(running, "snmptrap", "-v2c", "-cplant", address, "1", LINK_DOWN)
    assert await sent("snmpinform", "-v2c", "-cplant", "-r0", "-t5", address, "1", LINK_DOWN, INDEX, "i", "9") == 0
    await running.until(lambda: running.payloads[-1] == {INDEX: 9})


async def test_version_3_is_heard_signed_and_encrypted(start_engine: StartEngine) -> None:
    running, address = await started(start_engine, f"{V3}, engine_id: '{ENGINE}'")
    arguments = ["-v3", "-e", f"0x{ENGINE}", *V3_KEYS, address, "4200", LINK_DOWN, INDEX, "i", "7"]
    assert (await until_heard(running, "snmptrap", *arguments)).payload == {INDEX: 7}


async def test_what_comes_with_another_community_is_not_heard(start_engine: StartEngine) -> None:
    running, address = await started(start_engine, "communities: [plant]")
    await sent("snmptrap", "-v2c", "-cpublic", address, "1", LINK_DOWN, INDEX, "i", "1")
    await until_heard(running, "snmptrap", "-v2c", "-cplant", address, "1", LINK_DOWN, INDEX, "i", "2")
    assert {payload[INDEX] for payload in running.payloads} == {2}


async def test_a_datagram_that_is_none_is_counted_and_breaks_nothing(
    start_engine: StartEngine, caplog: pytest.LogCaptureFixture
) -> None:
    running, address = await started(start_engine, "communities: [plant]")
    host, _, port = address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:

        async def counted() -> bool:
            anybody.sendto(bytes.fromhex("a658"), (host, int(port)))  # the decoder raises TypeError
            await asyncio.sleep(0)
            return running.station("in").counted["datagrams that are none"] > 0

        await until(counted)
    await until_heard(running, "snmptrap", "-v2c", "-cplant", address, "1", LINK_DOWN, INDEX, "i", "2")
    assert not [record for record in caplog.records if record.name == "asyncio"], "no traceback for what anybody sends"


def test_a_door_that_hears_nobody_is_told() -> None:
    config = make(SnmpTrapIn, "{listen: '127.0.0.1:1162'}").config
    assert any("nobody is heard" in said for _, said in SnmpTrapIn.check(config))


@pytest.mark.parametrize(
    ("options", "fault"),
    [("engine_id: xyz", "no engine id"), ("user: u, auth: sha", "needs auth_key"),
     ("user: u, privacy: aes, privacy_key: 12345678", "privacy needs auth")],
)  # fmt: skip
def test_what_cannot_be_is_refused(options: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make(SnmpTrapIn, f"{{listen: '127.0.0.1:1162', communities: [c], {options}}}")


def test_flow_tests_send_objects_by_oid() -> None:
    node: Any = make(SnmpTrapIn, "{listen: '127.0.0.1:1162', communities: [c], topic: traps}")
    assert node.received(Message({INDEX: 7})).topic == "traps"
    with pytest.raises(ValueError, match="by OID"):
        node.received(Message(7))
