"""flowengine/runtime/http.py: which node answers a path. What answers are like: tests/nodes/sources/test_http_in.py."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from flowengine.runtime.http import HttpRoutes


def serve(routes: HttpRoutes, method: str, path: str) -> object:
    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"path": path, **request.match_info})

    return routes.add(method, path, handler)


async def asked(routes: HttpRoutes, method: str, path: str) -> str:
    response = await routes.answer(make_mocked_request(method, path))
    assert isinstance(response, web.Response) and response.text is not None
    return response.text


async def test_fixed_paths_win_over_captures_and_a_segment_over_the_rest() -> None:
    routes = HttpRoutes()
    for path in ("/hall/{all_else*}", "/hall/{name}", "/hall/modules"):
        serve(routes, "GET", path)
    assert await asked(routes, "GET", "/hall/modules") == '{"path": "/hall/modules"}'
    assert await asked(routes, "GET", "/hall/a.b") == '{"path": "/hall/{name}", "name": "a.b"}'
    assert await asked(routes, "GET", "/hall/a/b") == '{"path": "/hall/{all_else*}", "all_else": "a/b"}'


async def test_a_path_is_served_once_by_method_and_until_its_node_goes() -> None:
    routes = HttpRoutes()
    remove = serve(routes, "GET", "/x")
    serve(routes, "POST", "/x")
    with pytest.raises(ValueError, match="by another node already"):
        serve(routes, "GET", "/x")
    with pytest.raises(web.HTTPMethodNotAllowed) as refused:
        await asked(routes, "PUT", "/x")
    assert refused.value.allowed_methods == {"GET", "POST"}
    assert callable(remove)
    remove()
    remove()
    with pytest.raises(web.HTTPMethodNotAllowed):
        await asked(routes, "GET", "/x")
    with pytest.raises(web.HTTPNotFound):
        await asked(routes, "GET", "/y")


@pytest.mark.parametrize("path", ["x", "", "/api/v1/flows", "/healthz"])
def test_what_is_no_path_or_the_engines_own_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|engine|reserved|served"):
        serve(HttpRoutes(), "GET", path)


async def test_an_answer_lets_no_script_run_beside_the_editor() -> None:
    routes = HttpRoutes()
    serve(routes, "GET", "/x")
    response = await routes.answer(make_mocked_request("GET", "/x"))
    assert "sandbox" in response.headers["Content-Security-Policy"]
