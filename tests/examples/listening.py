"""A WebSocket client that keeps every line with the moment it came. Knows no flow."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

Heard = list[tuple[float, Any]]


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Heard]:
    """What is heard at `url` from now on, as (epoch seconds, line)."""
    heard: Heard = []
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:

        async def listen() -> None:
            async for frame in socket:
                now_s = time.time()
                heard.extend((now_s, json.loads(line)) for line in frame.data.splitlines())

        task = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
