"""Answers requests by the route table: host, caller, role, shape, handler, answer, headers. Knows no area."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

import msgspec
from aiohttp import web

from web_editor import headers, problems
from web_editor.access import COOKIE, check_role
from web_editor.editor import Editor
from web_editor.problems import Fault
from web_editor.routes import Call, Reply, Route, converted, decoded

log = logging.getLogger("flowengine.editor")
PREFIX = "/api/v1"
JSON = "application/json"
Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Serving:
    """The editor on an aiohttp application."""

    def __init__(self, editor: Editor, routes: Iterable[Route]):
        self.editor = editor
        self.routes = list(routes)

    def mount(self, application: web.Application) -> None:
        """Serve the API and the editor's files; what flows serve comes before the fallback to index.html."""
        for route in self.routes:
            application.router.add_route(route.method, f"{PREFIX}/{route.path}", self._answerer(route))
        application.router.add_route("*", "/api/{path:.*}", self._guarded(self._unknown))
        application.router.add_route("*", "/{page:.*}", self._fallback)

    def _answerer(self, route: Route) -> Answerer:
        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(route, request)

        return self._guarded(answer)

    def _guarded(self, answer: Answerer) -> Answerer:
        """The answer with security headers, and every fault as a problem document."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self.editor.access.check_host(request)
                response = await answer(request)
            except Fault as fault:
                response = self._problem(fault)
            except web.HTTPRequestEntityTooLarge:
                response = self._problem(Fault("too-large", f"a body has at most {request.app._client_max_size} bytes"))
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
            found.body = self.editor.engine.secrets.json(found.body)
        return found

    async def _answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        editor = self.editor
        if not editor.open:
            raise Fault("unavailable", retry_after_s=1.0)
        caller = await editor.access.caller(request)
        if caller is None and route.role != "none":
            check_role(None, route.role, editor.setup_token is not None)
        check_role(caller, route.role, False)
        editor.access.check_form(request, caller)
        call = Call(editor, request, route, caller)
        if route.query is not None:
            call.query = converted(request.query, route.query)
        elif request.query:
            raise Fault("bad-request", "this takes no query", field=next(iter(request.query)))
        if route.body is not None:
            call.body = decoded(await _body(request), route.body)
        found = await route.handler(call)
        if isinstance(found, web.StreamResponse):
            return found
        return self._response(call, found if isinstance(found, Reply) else Reply(found))

    def _response(self, call: Call, reply: Reply) -> web.Response:
        status = reply.status or call.route.status
        response = web.Response(status=status, headers=reply.headers)
        if status not in (204, 304):
            response.content_type = JSON
            response.body = self.editor.encode(reply.value, call.route.exact)
            if len(response.body) > 2000:
                response.enable_compression()
        if reply.cookie is not None:
            _set_cookie(response, reply.cookie, call.request.secure or self.editor.options.behind_proxy)
        return response

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        raise Fault("not-found", "the API has no such path or method")

    async def _fallback(self, request: web.Request) -> web.StreamResponse:
        """What flows serve, else a file of the editor, else its first page."""
        try:
            return await self.editor.engine.http.answer(request)
        except web.HTTPNotFound:
            if request.method not in ("GET", "HEAD"):
                raise
        return await self._guarded(self._file)(request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        found = self.editor.files.answer(request, path) if path != "/" else None
        if found is None and "." in path.rpartition("/")[2]:
            raise web.HTTPNotFound(text="nothing is served here\n")
        return found or self.editor.files.index(request)


async def _body(request: web.Request) -> bytes:
    if request.content_type not in (JSON, "application/octet-stream"):
        raise Fault("bad-request", f"the body is {JSON}")
    return await request.read()


def _set_cookie(response: web.Response, secret: str, secure: bool) -> None:
    if secret:
        response.set_cookie(
            COOKIE, secret, httponly=True, samesite="Strict", secure=secure, path="/", max_age=7 * 86400
        )
    else:
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=secure)


def secure(request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers; answers of the API are not kept by anybody."""
    response.headers.update(headers.SECURITY)
    if request.secure:
        response.headers.update(headers.TLS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "flowengine"
