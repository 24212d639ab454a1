"""`openapi.json`: the API as an OpenAPI 3.1 document, made from the route table and the shapes themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from flowengine import __version__
from web_editor.problems import Problem
from web_editor.routing import Call, Reply, Route

_CAPTURE = re.compile(r"\{([a-z]+)\}")
_REFERENCE = "#/components/schemas/{name}"


def with_document(routes: list[Route]) -> list[Route]:
    """The routes, and one more that answers with the document of them all."""

    @cache
    def made() -> bytes:
        return msgspec.json.encode(document(all_routes))

    async def read(call: Call) -> Reply:
        """This document."""
        return Reply(msgspec.Raw(made()))

    all_routes = [*routes, Route("GET", "openapi.json", "viewer", read)]
    return all_routes


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    routes = list(routes)
    kinds = [Problem, *(kind for route in routes for kind in (route.answer, route.body, route.query) if kind)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    of = dict(zip(map(str, kinds), schemas, strict=True))
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route, of, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "flowengine", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "security": [{"session": []}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "flowengine_session"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(route: Route, of: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = _CAPTURE.sub(r"\1", route.path).replace("/", "_").replace("-", "_").replace(".", "_")
    found: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{name}",
        "summary": (route.handler.__doc__ or "").split("\n", 1)[0],
        "x-role": route.role,
        "parameters": [*_captures(route), *_queries(route, of, components)],
        "responses": {str(route.status): _answer(route, of), "default": _problem()},
    }
    if route.role == "none":
        found["security"] = []
    if route.body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": of[str(route.body)]}}}
    return found


def _captures(route: Route) -> list[dict[str, Any]]:
    names = _CAPTURE.findall(route.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _queries(route: Route, of: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = components[of[str(route.query)]["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _answer(route: Route, of: dict[str, Any]) -> dict[str, Any]:
    if route.answer is None:
        return {"description": "done"}
    schema = of[str(route.answer)]
    if str(route.answer).startswith("list["):
        schema = {
            "type": "object",
            "properties": {"items": schema, "next": {"type": ["string", "null"]}},
            "required": ["items", "next"],
        }
    return {"description": "the answer", "content": {"application/json": {"schema": schema}}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "a problem (RFC 9457)", "content": {"application/problem+json": {"schema": schema}}}
