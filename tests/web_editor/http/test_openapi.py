"""The OpenAPI document, the route table and docs/api.md say the same."""

import re
from pathlib import Path

from tests.web_editor.conftest import House
from web_editor.http.editor_routes import ROUTES
from web_editor.http.openapi import document

ROOT = Path(__file__).parents[3]
_ROW = re.compile(
    r"^\| (GET|POST|PUT|PATCH|DELETE) `([^`?]+)[^|]*\| (none|any|viewer|operator|draft|integrator|admin) \|", re.M
)


def test_the_document_has_every_route_and_no_other() -> None:
    found = document(ROUTES)
    listed = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert listed == {(route.method, f"/{route.path}") for route in ROUTES}
    assert found["openapi"] == "3.1.0"


def test_the_written_page_has_every_route_with_its_role() -> None:
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    written = {(method, path, role) for method, path, role in _ROW.findall(page)}
    assert written == {(route.method, route.path, route.role) for route in ROUTES}


def test_every_operation_says_what_it_does_and_every_reference_leads_somewhere() -> None:
    found = document(ROUTES)
    operations = [operation for methods in found["paths"].values() for operation in methods.values()]
    assert all(operation["summary"] for operation in operations)
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    references = set(re.findall(r"#/components/schemas/(\w+)", str(found)))
    assert references and references <= set(found["components"]["schemas"])


async def test_it_is_served(house: House) -> None:
    found = await house.call("GET", "openapi.json", role="viewer")
    assert found.status == 200 and "/flows/{flow}" in found.json["paths"]
