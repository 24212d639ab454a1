"""The `snmp` connection: which settings go together, and when it is up."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from flowengine.clock import SystemClock
from nodes.connections.snmp import Snmp, SnmpConfig
from tests.servers.snmpd import Snmpd

V3 = {"host": "h", "version": "3", "user": "u"}


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"host": "h", "version": "3"}, "version 3 has a user"),
        ({"host": "h", "user": "u"}, "versions 1 and 2c have a community"),
        ({**V3, "auth": "sha"}, "auth needs auth_key"),
        ({**V3, "auth": "sha", "auth_key": "short"}, "8 letters"),
        ({**V3, "privacy": "aes", "privacy_key": "long-enough"}, "privacy needs auth"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        SnmpConfig.model_validate(settings)


async def test_it_is_up_once_the_agent_has_answered(snmpd: Snmpd, tmp_path: Path) -> None:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    connection = Snmp(SnmpConfig(host="127.0.0.1", port=snmpd.port), "agent", log, SystemClock(), tmp_path)
    await connection.open()
    assert not connection.up and connection.fault == "not asked yet"
    assert await connection.poller.agent.get(["1.3.6.1.2.1.1.2.0"])
    assert connection.up and connection.fault == ""
    await connection.close()
    assert connection.dead
