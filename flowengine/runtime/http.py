"""The one HTTP server as flows see it: paths that nodes serve while they run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from flowengine.node import Handler
from flowengine.served import isolate, refusal

_CAPTURE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(\*)?\}")


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    pattern: re.Pattern[str]
    handler: Handler
    about: Mapping[str, Any] | None


class HttpRoutes:
    """Routes that come and go with nodes; `answer` is the catch-all handler of the server."""

    def __init__(self) -> None:
        self._routes: list[_Route] = []

    def add(
        self, method: str, path: str, handler: Handler, about: Mapping[str, Any] | None = None
    ) -> Callable[[], None]:
        """Serve `path` until the returned function is called; `{name}` takes a segment, `{name*}` the rest."""
        if not path.startswith("/"):
            raise ValueError(f"a path starts with /, not {path!r}")
        if why := refusal(path):
            raise ValueError(why)
        if any(route.path == path and route.method in (method, "*") for route in self._routes):
            raise ValueError(f"{method} {path} is served by another node already")
        route = _Route(method, path, _pattern(path), handler, about)
        self._routes.append(route)
        # Fixed paths win over captures, a segment over the rest, longer ones over shorter.
        self._routes.sort(key=lambda r: (r.path.count("{"), r.path.count("*}"), -len(r.path)))
        return lambda: self._routes.remove(route) if route in self._routes else None

    def described(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and OpenAPI operation of what is served and described."""
        return ((route.method, route.path, route.about) for route in self._routes if route.about is not None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Hand a request to the node that serves its path; 404 and 405 otherwise."""
        allowed = set()
        for route in self._routes:
            match = route.pattern.fullmatch(request.path)
            if match is None:
                continue
            if route.method in (request.method, "*"):
                # A handler finds what the path captured where aiohttp has it, too.
                request.match_info.clear()
                request.match_info.update(match.groupdict())
                response: web.StreamResponse = await route.handler(request)
                if not response.prepared:
                    isolate(response.headers)
                return response
            allowed.add(route.method)
        if allowed:
            raise web.HTTPMethodNotAllowed(request.method, sorted(allowed))
        raise web.HTTPNotFound(text="nothing is served here\n")


def _pattern(path: str) -> re.Pattern[str]:
    parts, end = [], 0
    for match in _CAPTURE.finditer(path):
        parts.append(re.escape(path[end : match.start()]))
        parts.append(f"(?P<{match[1]}>.+)" if match[2] else f"(?P<{match[1]}>[^/]+)")
        end = match.end()
    return re.compile("".join([*parts, re.escape(path[end:])]))
