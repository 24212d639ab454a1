"""The one HTTP server: metrics, health, what flows serve, and whatever else an application mounts on it."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from flowengine.engine import Engine
from flowengine.listening import Listening
from flowengine.node import Source
from flowengine.openapi import document, language_of, page
from flowengine.proxies import FORWARDED_FOR, Proxies
from flowengine.runtime.metrics import CONTENT_TYPE
from flowengine.served import HEADERS, HostNames

MOST_BODY_BYTES = 2**20


LAST_PORT = 65535


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`. Raises `ValueError`."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()):
        near = f"127.0.0.1:{text}" if text.isascii() and text.isdigit() else "127.0.0.1:8880"
        raise ValueError(f"{text!r} is not HOST:PORT, such as {near}")
    if int(port[:6]) > LAST_PORT:
        raise ValueError(f"{text!r}: a port is at most {LAST_PORT}")
    return host.strip("[]") or "127.0.0.1", int(port)


class Server:
    """Serves one engine; `application` may get more routes before `start`."""

    def __init__(
        self, engine: Engine, host: str, port: int, tls: ssl.SSLContext | None = None, names: Iterable[str] = (),
        proxies: Proxies | None = None,
    ):  # fmt: skip
        self.engine = engine
        self._names, self._proxies = HostNames(names), proxies or Proxies()
        self.host, self.port, self.tls = host, port, tls
        self.application = web.Application(client_max_size=MOST_BODY_BYTES, middlewares=[self._for_us])
        self.application.on_response_prepare.append(_isolate)
        self.application.router.add_get("/healthz", self._health)
        self.application.router.add_get("/readyz", self._ready)
        self.application.router.add_get("/metrics", self._metrics)
        self.application.router.add_get("/api/openapi.json", self._openapi)
        for path in ("/api", "/api/"):
            self.application.router.add_get(path, self._api_page)
        self._runner: web.AppRunner | None = None
        self._listening: Listening | None = None

    @property
    def url(self) -> str:
        """Where to look."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/"

    async def start(self) -> None:
        """Listen; port 0 takes a free one. Raises `OSError` when the address is taken."""
        self.application.router.add_route("*", "/{path:(?s:.*)}", self._flows)
        # Nothing is unpacked before it is known for whom: `http_body` does it, within bounds.
        self._runner = web.AppRunner(
            self.application, access_log=None, handle_signals=False, logger=requests_log(), auto_decompress=False
        )
        await self._runner.setup()
        assert self._runner.server is not None
        self._listening = Listening(self._runner.server, shared=self._proxies.trusts)
        try:
            self.port = await self._listening.start(self.host, self.port, self.tls)
        except OSError:
            await self._runner.cleanup()
            raise

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._listening is not None:
            await self._listening.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _for_us(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what was meant for another name: a page elsewhere has pointed its own name at this machine."""
        if not self._names.mean_us(request) and not request.path.startswith("/api/v1/"):
            raise web.HTTPForbidden(text="this server does not go by that name; start it with --host-name to add one\n")
        if self._proxies.trusts(request.remote):
            said = request.headers.getall(FORWARDED_FOR, [])
            request = request.clone(remote=self._proxies.client(request.remote, said) or "")
        return await handler(request)

    async def _health(self, request: web.Request) -> web.Response:
        faults = list(self.engine.faults())
        return web.Response(status=503 if faults else 200, text="\n".join(faults or ["alive"]) + "\n")

    async def _flows(self, request: web.Request) -> web.StreamResponse:
        """What flows serve. While they start or stop, a path that is missing may well be there soon."""
        try:
            return await self.engine.http.answer(request)
        except web.HTTPNotFound:
            if _unsettled(self.engine):
                raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"}, text="flows start or stop\n") from None
            raise

    async def _metrics(self, request: web.Request) -> web.Response:
        """Of this process; with `?cluster` the flows of all workers, summed."""
        whole = "cluster" in request.query and self.engine.cluster is not None
        if whole and self.engine.cluster is not None:
            await self.engine.cluster.look()
        return web.Response(body=self.engine.metrics(whole).encode(), headers={"Content-Type": CONTENT_TYPE})

    async def _openapi(self, request: web.Request) -> web.Response:
        return web.json_response(document(self.engine.http.described()))

    async def _api_page(self, request: web.Request) -> web.Response:
        language = language_of(request.headers.get("Accept-Language", ""))
        text = page(document(self.engine.http.described()), language)
        return web.Response(text=text, content_type="text/html", headers={"Vary": "Accept-Language"})

    async def _ready(self, request: web.Request) -> web.Response:
        problems = list(self.engine.problems(local="local" in request.query))
        text = "\n".join(problems) or "ready"
        return web.Response(status=503 if problems else 200, text=text + "\n")


class _Brief(logging.Filter):
    """Requests that are no HTTP take one line each: what came is its sender's fault, and no trace explains it."""

    def filter(self, record: logging.LogRecord) -> bool:
        fault = record.exc_info[1] if record.exc_info else None
        if isinstance(fault, HttpProcessingError):
            record.msg, record.args, record.exc_info = f"a request was no HTTP: {str(fault)[:200]!r}", (), None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def requests_log() -> logging.Logger:
    """Where aiohttp tells what went wrong with requests."""
    found = logging.getLogger("flowengine.http")
    if not any(isinstance(each, _Brief) for each in found.filters):
        found.addFilter(_Brief())
    return found


async def _isolate(request: web.Request, response: web.StreamResponse) -> None:
    """What has no policy of its own gets that of flows: their errors, health, metrics."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _unsettled(engine: Engine) -> bool:
    """Whether flows start or stop, so that a source that serves something may not do so yet."""
    stations = (station for runtime in engine.here.values() for station in runtime.stations.values())
    sources = (station for station in stations if isinstance(station.node, Source))
    return engine.starting or engine.stopping or any(source.state == "starting" for source in sources)
