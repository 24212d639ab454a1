"""A connection that fails is told at its first try with its reason, then ever more rarely."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from flowengine.catalog import installed
from flowengine.clock import SystemClock
from nodes.clients.voice import Voice
from tests.servers.ports import next_free_port
from tests.waiting import until

LOG = logging.LoggerAdapter(logging.getLogger("flowengine.flow"), {})
GONE = {
    "serial": ("serial", "port", "{folder}/ttyUSB0", "{folder}/ttyUSB0: not there"),
    "modbus over a serial line": ("modbus", "url", "rtu:{folder}/ttyUSB0", "{folder}/ttyUSB0: not there"),
    "modbus over TCP": ("modbus", "url", "tcp://127.0.0.1:{port}", "nothing listens at 127.0.0.1:{port}"),
    "tcp": ("tcp", "connect", "127.0.0.1:{port}", "nothing listens at 127.0.0.1:{port}"),
    "opcua": ("opcua", "url", "opc.tcp://127.0.0.1:{port}", "nothing listens there"),
    "s7": ("s7", "host", "127.0.0.1", "nothing listens at 127.0.0.1:102"),
    "mqtt": ("mqtt", "url", "mqtt://127.0.0.1:{port}", "nothing listens at 127.0.0.1:{port}"),
}


class Hours(SystemClock):
    """A clock by which an hour passes whenever somebody looks."""

    _looked = 0

    def now_s(self) -> float:
        self._looked += 1
        return self._looked * 3600.0


@pytest.mark.parametrize("case", GONE)
async def test_the_first_try_that_fails_is_told_with_its_reason_and_others_after_a_pause(
    case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kind, option, address, reason = GONE[case]
    filled: dict[str, Any] = {"folder": tmp_path, "port": next_free_port()}
    made = installed().connection(kind)
    told = f"not connected: {reason.format(**filled)}"
    connection = made(made.config_type()(**{option: address.format(**filled)}), "c", LOG, Hours(), tmp_path)
    await connection.open()
    warned = lambda: [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]  # noqa: E731
    await until(lambda: len(warned()) >= 2, says=lambda: f"{warned()}")
    await connection.close()
    assert set(warned()) == {told}


def test_a_far_side_that_stays_away_is_told_ever_more_rarely_and_its_return_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now_s = 0.0
    voice = Voice(LOG, lambda: now_s)
    with caplog.at_level(logging.INFO):
        for second in range(100):
            now_s = float(second)
            voice.away("nothing listens")
        voice.there("connected")
    assert [each.getMessage() for each in caplog.records] == ["not connected: nothing listens"] * 3 + ["connected"]
