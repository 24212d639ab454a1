"""Every route of the five systems says what it takes, and takes nothing else: no request is lost with a good answer."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from yarl import URL

from flowengine.engine import Engine, Settings
from flowengine.secrets import SecretStore
from flowengine.server import Server
from tests.examples.classroom import STUDENT, TEACHER, TOKENS
from tests.examples.conftest import EXAMPLES
from tests.servers.ports import next_free_port
from tests.waiting import until

SYSTEMS = ("croissance", "esp32_server", "iotferme_cloud", "iotferme_edge", "m5stack_huskylens")
OPENAPI = json.loads((EXAMPLES.parent / "tests/vectors/openapi-3.1.json").read_text())
Operation = tuple[str, str, dict[str, Any]]


@asynccontextmanager
async def served(name: str, folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the system, whose broker is inside; no device is there."""
    kept = ("USER_DIR", "LOG_DIR", "CONFIG_DIR", "BACKUP_DIR")
    surroundings = {**TOKENS, **{each: str(folder) for each in kept}, "GATEWAY_PORT": str(folder / "none")}
    overrides = {"mqtt_url": f"mqtt://127.0.0.1:{next_free_port()}", "mqtt_embedded": True}
    engine = Engine(Settings(folder, surroundings, SecretStore(surroundings), overrides))
    server = Server(engine, "127.0.0.1", 0)
    await server.start()
    routes = 0
    for file in sorted((EXAMPLES / name).glob("*.yaml")):
        if ".test." not in file.name:
            found = engine.load_file(file)
            routes += sum(node.type == "http_in" for node in found.flow.nodes.values())
            await engine.deploy(found)
    await until(lambda: sum(path.startswith("/api/") for _, path, _ in engine.http.described()) == routes)
    async with aiohttp.ClientSession(server.url) as http:
        yield http
    await engine.stop(1)
    await server.stop()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Method, path and what is told of it, without what serves WebSockets."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "101" not in operation["responses"]:
                yield method.upper(), path, operation


def untold(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    """What the document leaves open."""
    good = [answer for status, answer in operation["responses"].items() if status < "400"]
    if not operation.get("summary"):
        yield f"{method} {path} has no summary"
    if not good or any(not answer["description"] for answer in good):
        yield f"{method} {path} does not say what it answers"
    shown = [answer for status, answer in operation["responses"].items() if status in ("200", "202")]
    if any("content" not in answer for answer in shown):
        yield f"{method} {path} does not say what its answer looks like"
    bodies = operation.get("requestBody", {}).get("content", {})
    if any(kind == "application/json" and not body["schema"] for kind, body in bodies.items()):
        yield f"{method} {path} takes any body"


@pytest.mark.parametrize("name", SYSTEMS)
async def test_every_route_is_described_and_takes_nothing_else(name: str, tmp_path: Path) -> None:
    """The document is OpenAPI 3.1; a query that nobody named is 422, and so is what is no body of it."""
    async with served(name, tmp_path) as http:
        async with http.get("/api/openapi.json") as answer:
            document = await answer.json()
        Draft202012Validator(OPENAPI, registry=Registry()).validate(document)
        found = list(operations(document))
        assert found and [fault for each in found for fault in untold(*each)] == []
        for method, path, operation in found:
            place = re.sub(r"\{\w+\}", "x1", path)
            refused = {(await answered(http, method, f"{place}?nonsense=1"))[0]}
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                for junk in (b"1", b"[1]", b'"x"', b"null", b'{"#": {"x": 1}}'):
                    refused.add((await answered(http, method, place, junk))[0])
            assert refused == {422}, (method, path)
        assert (await answered(http, "GET", "/api/nothing"))[0] == 404
        async with http.get("/api", headers={"Accept-Language": "fr"}) as page:
            text = await page.text()
        assert all(f"{method} {path}" in text for method, path, _ in found)


REFUSED: list[tuple[str, str, str, dict[str, Any] | bytes | None, int, str]] = [
    ("croissance", "POST", "/api/modules/m1/config", {"sensors": {"co2": {}}}, 422, "sensors.co2"),
    ("croissance", "POST", "/api/modules/m1/config", {"sensors": {"#": {"interval": 5}}}, 422, "sensors"),
    ("croissance", "POST", "/api/modules/%23/config", {"sensors": {"co2": {"interval": 5}}}, 422, "module"),
    ("croissance", "GET", "/api/modules/nobody/data", None, 404, "no module nobody"),
    ("croissance", "GET", "/api/modules/m1/data?sensor=%00", None, 422, "sensor"),
    ("croissance", "GET", "/api/modules/m1/data?hours=1e400", None, 422, "hours is not a number"),
    ("esp32_server", "POST", "/api/esp/m1/mie", {"time": 5, "id": "m2"}, 422, "neither an input nor an output"),
    ("esp32_server", "POST", "/api/esp/m1/mie", {"AI1": None}, 422, "no report: it has a value of neither"),
    ("esp32_server", "POST", "/api/esp/%2B/mie", {"AI1": 1}, 422, "letters, digits"),
    ("esp32_server", "PUT", "/api/outputs/ghost/DO1", {"value": 1}, 404, "nothing of that name"),
    ("esp32_server", "PUT", "/api/outputs/ghost/AI1", {"value": 1}, 422, "io"),
    ("esp32_server", "POST", "/api/camera/cam1/photo", b"", 422, "this is no JPEG"),
    ("esp32_server", "POST", "/api/camera/cam1/photo", b"\xff\xd8\xffjpg", 422, "this is no JPEG"),
    ("esp32_server", "POST", "/api/modules", {"name": "m1", "ip": "somewhere"}, 422, "ip"),
    ("esp32_server", "DELETE", "/api/modules/ghost", None, 404, "nothing of that name"),
    ("esp32_server", "GET", "/api/history/ghost/AI1", None, 404, "nothing of that name"),
    (
        "iotferme_cloud", "POST", "/api/sites/LAB/devices/gw/cmd",
        {"asset_id": "A", "correlation_id": "c", "relay": {"lamp": "ON"}}, 404, "nobody was ever heard of at LAB/gw",
    ),
    ("iotferme_cloud", "POST", "/api/sites/LAB/devices/gw/cmd", {"asset_id": "A", "correlation_id": "c"}, 422, "relay"),
    ("iotferme_cloud", "POST", "/api/sites/%23/devices/%2B/cmd", {"asset_id": "A", "correlation_id": "c"}, 422, "site"),
    ("iotferme_edge", "POST", "/api/buffer/purge", {}, 422, "payload lacks confirm"),
    ("iotferme_edge", "POST", "/api/reset-backlog", {"confirm": False}, 422, "confirm"),
    ("iotferme_edge", "POST", "/api/cmd", {"asset_id": "a/b#", "relay": {"lamp": "ON"}}, 422, "asset_id"),
    ("iotferme_edge", "POST", "/api/cmd", {"asset_id": "A", "relay": {"": "ON"}}, 422, "relay"),
    ("iotferme_edge", "POST", "/api/diag/pair/begin", {"minutes": 2}, 422, "payload"),
    ("iotferme_edge", "POST", "/api/diag/time-sync", {}, 503, "the gateway is not there"),
    ("m5stack_huskylens", "POST", "/api/teacher/control/reset", {}, 422, "payload lacks confirm"),
    ("m5stack_huskylens", "GET", "/api/submissions/nobody", None, 404, "nothing of that name"),
]  # fmt: skip


@pytest.mark.parametrize("name", SYSTEMS)
async def test_what_is_neither_stored_nor_sent_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    """C12, E10, F5, I11, M17: wrong bodies, names and outputs, who is not there, questions that make no sense."""
    async with served(name, tmp_path) as http:
        for system, method, path, body, status, reason in REFUSED:
            if system == name:
                raw = json.dumps(body).encode() if isinstance(body, dict) else body
                found, text = await answered(http, method, path, raw)
                assert (found, reason in text) == (status, True), (method, path, body, found, text)


async def answered(http: aiohttp.ClientSession, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and text of the answer to a request of a teacher, and of a student where only one may ask."""
    who = STUDENT if path.partition("?")[0] == "/api/submit" else TEACHER
    async with http.request(method, URL(path, encoded=True), data=body, headers=who) as answer:
        return answer.status, await answer.text()
