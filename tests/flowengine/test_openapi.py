"""The document of what flows serve is OpenAPI 3.1, by the schema of its authors; the page says the same to people."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from flowengine.engine import Engine, Settings
from flowengine.openapi import document, language_of, page
from flowengine.server import Server
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests/vectors/openapi-3.1.json").read_text())
FLOW = """
flow: f
nodes:
  set:
    type: http_in
    path: '/api/rooms/{room}'
    method: PUT
    format: json
    summary: Set a <room>
    token: ${secret:long_enough}
    schema: {type: object, required: [value], properties: {value: {type: number}}}
    answers: {"204": on its way, "409": {description: not now, schema: {type: object}}}
    to: got
  rest:
    type: http_in
    path: '/api/files/{name*}'
    method: GET
    parameters: {most: {type: integer}}
    respond: accepted
    to: [got, live]
  live: {type: websocket_out, path: /live}
  got: {type: log}
"""


class _Secrets:
    def get(self, name: str) -> str:
        return name


@pytest.fixture
async def described(tmp_path: Path) -> object:
    engine = Engine(Settings(data_dir=tmp_path, secrets=_Secrets()))
    server = Server(engine, "127.0.0.1", 0)
    await server.start()
    await engine.deploy(engine.load(FLOW, "f.yaml"))
    await until(lambda: len(engine.http._routes) == 3)
    async with aiohttp.ClientSession(server.url) as http:
        yield http
    await engine.stop(1)
    await server.stop()


async def test_the_document_is_valid_and_has_every_route(described: aiohttp.ClientSession) -> None:
    async with described.get("/api/openapi.json") as answer:
        found = await answer.json()
    Draft202012Validator(SCHEMA, registry=Registry()).validate(found)
    assert found["paths"].keys() == {"/api/rooms/{room}", "/api/files/{name}", "/live"}
    put = found["paths"]["/api/rooms/{room}"]["put"]
    assert put["summary"] == "Set a <room>" and put["security"] == [{"token": []}] and put["operationId"] == "f.set"
    assert put["requestBody"]["content"]["application/json"]["schema"]["required"] == ["value"]
    assert put["responses"].keys() == {"204", "401", "409", "422", "503", "504"}
    assert found["paths"]["/api/files/{name}"]["get"]["responses"]["202"]


async def test_the_page_says_the_same_and_runs_nothing(described: aiohttp.ClientSession) -> None:
    async with described.get("/api", headers={"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8"}) as answer:
        text = await answer.text()
        assert answer.content_type == "text/html" and "sandbox" in answer.headers["Content-Security-Policy"]
    assert "PUT /api/rooms/{room}" in text and "Set a &lt;room&gt;" in text and "réponses" in text
    assert "409: not now" in text and "<script" not in text
    assert "<code>value</code> (nécessaire): nombre" in text and "&quot;" not in text


def test_the_document_of_nothing_is_valid_too() -> None:
    found = document([("*", "/any", {})])
    Draft202012Validator(SCHEMA, registry=Registry()).validate(found)
    assert "Nothing is served" in page(found, language_of("de,en;q=0.5"))
