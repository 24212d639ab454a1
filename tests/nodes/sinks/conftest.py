"""Opened connections and sinks for tests of sinks."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import SystemClock
from flowengine.flow.document import Document
from flowengine.testing import TestContext, make


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens a sink over connections, given as name=(class, yaml); all are closed after the test."""
    async with AsyncExitStack() as stack:

        async def open_sink(kind: Any, config: str, **connections: tuple[Any, str]) -> Any:
            made = {}
            for name, (connection, options) in connections.items():
                settings = connection.config_type().model_validate(Document.parse(options, "config").data)
                log = logging.LoggerAdapter(logging.getLogger("test"), {})
                made[name] = connection(settings, name, log, SystemClock(), tmp_path)
                await made[name].open()
                stack.push_async_callback(made[name].close)
            sink = make(kind, config, TestContext(made, tmp_path))
            await sink.open()
            stack.push_async_callback(sink.close)
            return sink

        yield open_sink
