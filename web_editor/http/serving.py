"""Answers requests by the route table: host, caller, role, shape, handler, answer, headers. Knows no area."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import msgspec
from aiohttp import web

from flowengine.counts import count_of
from flowengine.http_body import BadBody, BodyTooLarge, read_body
from web_editor import problems
from web_editor.auth.access import Caller, check_role
from web_editor.auth.session_cookie import set_cookie
from web_editor.http import headers
from web_editor.http.files import Files
from web_editor.http.others import Others
from web_editor.problems import Fault
from web_editor.routing import Call, Reply, Route, converted, decoded
from web_editor.services import Services

log = logging.getLogger("flowengine.editor")
PREFIX = "/api/v1"
JSON = "application/json"
BODY_S = 60.0
"""Longest time until a body is there."""

Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate(Protocol):
    """Decides who asks and whether he may; every refusal is a `Fault`."""

    def check_host(self, request: web.Request) -> None:
        """Refuse a request that was meant for another name."""

    async def caller(self, request: web.Request) -> Caller | None:
        """Who asks, None for nobody."""

    def check_form(self, request: web.Request, caller: Caller | None) -> None:
        """Refuse a change that another site's page sent."""


class Serving:
    """The API on an aiohttp application, behind its own gate or another; the editor's files where they are given."""

    def __init__(self, services: Services, routes: Iterable[Route], gate: Gate | None = None):
        self.services = services
        self.routes = list(routes)
        self.gate: Gate = gate or services.access
        self._others = Others(services, self.routes)

    def mount(self, application: web.Application, files: Files) -> None:
        """Serve the API and the editor's files; what flows serve comes before the fallback to index.html."""

        async def fallback(request: web.Request) -> web.StreamResponse:
            return await self._fallback(request, files)

        self.mount_api(application)
        application.router.add_route("*", "/{page:(?s:.*)}", fallback)

    def mount_api(self, application: web.Application) -> None:
        """Serve the API alone."""
        for route in self.routes:
            application.router.add_route(route.method, f"{PREFIX}/{route.path}", self._answerer(route))
        # Only our own: other paths below /api are the flows'.
        application.router.add_route("*", f"{PREFIX}/{{path:(?s:.*)}}", self._guarded(self._unknown))

    def _answerer(self, route: Route) -> Answerer:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(route, request)

        return self._guarded(answer)

    def _guarded(self, answer: Answerer) -> Answerer:
        """The answer with security headers, and every fault as a problem document."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self.gate.check_host(request)
                response = await answer(request)
            except Fault as fault:
                response = self._problem(fault)
            except web.HTTPException:
                raise
            except Exception:
                log.exception("%s %s failed", request.method, request.path)
                response = self._problem(Fault("unavailable", "an engine fault; see the log"))
            if not response.prepared:
                secure(request, response)
            return response

        return guarded

    def _problem(self, fault: Fault) -> web.Response:
        found = problems.response(fault.problem)
        exact = fault.problem.diagnostics is not msgspec.UNSET
        if not exact and isinstance(found.body, bytes):
            found.body = self.services.engine.secrets.json(found.body)
        return found

    async def _answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        services = self.services
        if not services.open:
            raise Fault("unavailable", retry_after_s=1.0)
        caller = await self._caller(request)
        if caller is None and route.role != "none":
            check_role(None, route.role, services.sessions.setup_token is not None)
        check_role(caller, route.role, False)
        self.gate.check_form(request, caller)
        call = Call(services, request, route, caller)
        if route.query is not None:
            call.query = converted(request.query, route.query)
        elif request.query:
            raise Fault("bad-request", "this takes no query", field=next(iter(request.query)))
        if route.body is not None:
            call.body = decoded(await _body(request, route.most_bytes), route.body)
        found = await self._others.handled(call)
        if isinstance(found, web.StreamResponse):
            return found
        return self._response(call, found if isinstance(found, Reply) else Reply(found))

    async def _caller(self, request: web.Request) -> Caller | None:
        """Who asks; tokens, right and wrong ones, are told to the audit."""
        entries = self.services.entries
        try:
            caller = await self.gate.caller(request)
        except Fault:
            await entries.failed("token refused", "", request.remote)
            raise
        if caller is not None and caller.kind == "token" and caller.key:
            await entries.used(caller, request.remote)
        return caller

    def _response(self, call: Call, reply: Reply) -> web.Response:
        status = reply.status or call.route.status
        response = web.Response(status=status, headers=reply.headers)
        if status not in (204, 304):
            response.content_type = JSON
            response.body = self.services.encode(reply.value, call.route.exact)
            if len(response.body) > 2000:
                response.enable_compression()
        if reply.cookie is not None:
            set_cookie(response, reply.cookie, call.request.secure or self.services.options.behind_proxy)
        return response

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        raise Fault("not-found", "the API has no such path or method")

    async def _fallback(self, request: web.Request, files: Files) -> web.StreamResponse:
        """What flows serve, else a file of the editor, else its first page; below /api there are no pages."""
        try:
            return await self.services.engine.http.answer(request)
        except web.HTTPNotFound:
            if request.method not in ("GET", "HEAD") or request.path.lower().startswith("/api/"):
                raise

        async def answer(request: web.Request) -> web.StreamResponse:
            return files.page(request)

        response = await self._guarded(answer)(request)
        if (cluster := self.services.engine.cluster) is not None and not response.prepared:
            response.headers["Content-Security-Policy"] = headers.policy(cluster.addresses())
        return response


async def _body(request: web.Request, most_bytes: int) -> bytes:
    if request.content_type not in (JSON, "application/octet-stream"):
        raise Fault("bad-request", f"the body is {JSON}")
    try:
        return await read_body(request, most_bytes, BODY_S)
    except BodyTooLarge:
        raise Fault("too-large", f"a body has at most {count_of(most_bytes, 'byte')}") from None
    except (BadBody, TimeoutError) as fault:
        raise Fault("bad-request", str(fault) or "the body did not come in time") from None


def secure(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers; answers of the API are not kept by anybody."""
    response.headers.update(headers.SECURITY)
    if request.secure:
        response.headers.update(headers.TLS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "flowengine"
