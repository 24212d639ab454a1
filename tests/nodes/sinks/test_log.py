"""log: one line a message, whatever is in it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from flowengine.testing import make, messages
from nodes.sinks.log import Log


async def lines(caplog: pytest.LogCaptureFixture, config: str, *given: Any) -> list[tuple[str, str]]:
    """Level and text of each line that the node wrote."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "flowengine.test"):
        await make(Log, config).write(messages(given))
    return [(record.levelname, record.getMessage()) for record in caplog.records]


async def test_a_line_holds_topic_and_payload_or_what_the_template_says(caplog: pytest.LogCaptureFixture) -> None:
    message = {"payload": {"v": 1}, "topic": "a/b"}
    assert await lines(caplog, "{}", message, 7) == [("INFO", "a/b {'v': 1}"), ("INFO", "7")]
    assert await lines(caplog, "{level: error, text: '{topic}: {v}'}", message) == [("ERROR", "a/b: 1")]


async def test_a_message_that_does_not_fill_the_template_is_shown_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    [(_, line)] = await lines(caplog, "{text: '{v}'}", 7)
    assert line.startswith("7 (") and "v is missing" in line


async def test_a_device_cannot_forge_lines_or_fill_the_disk_with_one(caplog: pytest.LogCaptureFixture) -> None:
    [(_, line), (_, long)] = await lines(caplog, "{text: '{payload}'}", "a\nERROR b\x1b[31m", "x" * 60_000)
    assert line == "a\\nERROR b\\x1b[31m" and len(long) == 4096


async def test_text_in_other_scripts_stays(caplog: pytest.LogCaptureFixture) -> None:
    assert await lines(caplog, "{text: '{payload}'}", "Größe 温度") == [("INFO", "Größe 温度")]
