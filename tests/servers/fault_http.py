"""An HTTP server that fails on order: answers by script, stores what it accepted. Knows no product."""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Request:
    """What a client sent, its body unpacked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Step:
    """One answer. `keep`: whether the body counts as stored; `hang_s` is waited before answering."""

    status: int = 204
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    keep: bool | None = None
    hang_s: float = 0.0
    reset: bool = False


class FaultServer:
    """Answers each request with the next step, and when none is left with what `decide` says about its body."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.stored: list[bytes] = []
        self.steps: deque[Step] = deque()
        self.decide: Callable[[bytes], Step] = lambda body: Step()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The next step's answer; who only asks whether it is there has one beside them."""
        if request.path == "/ping":
            return web.Response(status=204)
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.requests.append(Request(request.method, request.path, dict(request.query), dict(request.headers), body))
        step = self.steps.popleft() if self.steps else self.decide(body)
        if step.keep if step.keep is not None else step.status < 300:
            self.stored.append(body)
        if step.hang_s:
            await asyncio.sleep(step.hang_s)
        if step.reset:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=step.status, text=step.text, headers=step.headers)

    @property
    def lines(self) -> list[str]:
        """Every line of what was stored."""
        return [line for body in self.stored for line in body.decode().splitlines()]


@asynccontextmanager
async def fault_server(*steps: Any) -> AsyncIterator[FaultServer]:
    """A running server on a free port of the loopback address; ints stand for statuses."""
    server = FaultServer()
    server.steps.extend(step if isinstance(step, Step) else Step(step) for step in steps)
    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
