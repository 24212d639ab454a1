"""The live socket: who may open it, snapshots and deltas, slow clients, taps."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from flowengine.store.rtdb import Point
from tests.waiting import until
from tests.web_editor.conftest import PASSWORD, House
from web_editor.live import socket


class Watcher:
    """A client that remembers what it was told."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse):
        self.ws = ws
        self.waiting: list[dict[str, Any]] = []

    async def subscribe(self, id: int, topic: str, max_rate: float | None = None, /, **filter: Any) -> None:
        more = {} if max_rate is None else {"max_rate": max_rate}
        await self.ws.send_json({"op": "subscribe", "id": id, "topic": topic, "filter": filter, **more})

    async def next(self, op: str, id: int | None = None) -> Any:
        """The next message of this kind; others are passed over."""
        async with asyncio.timeout(60):
            while True:
                while self.waiting:
                    message = self.waiting.pop(0)
                    if message["op"] == op and (id is None or message.get("id") == id):
                        return message.get("data", message)
                received = await self.ws.receive()
                assert received.type == aiohttp.WSMsgType.TEXT, (op, received)
                self.waiting += json.loads(received.data)


@asynccontextmanager
async def watching(house: House, role: str = "operator", **headers: str) -> AsyncIterator[Watcher]:
    sent = headers or {"Authorization": f"Bearer {house.tokens[role]}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{house.base}/api/v1/live", headers=sent) as ws,
    ):
        yield Watcher(ws)


async def test_a_browser_needs_the_cookie_and_its_own_origin(house: House) -> None:
    secret = house.services.access.accounts.log_in("anna", PASSWORD)
    cookie = {"Cookie": f"flowengine_session={secret}"}
    async with watching(house, **cookie, Origin=house.base) as client:
        hello = await client.next("hello")
        assert hello["role"] == "admin" and hello["tick_ms"] == 100
    for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": house.base + "/"}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with watching(house, **cookie, **origin):
                pass
        assert refused.value.status == 403
    assert not house.ticker.clients


async def test_a_token_needs_no_origin_but_a_wrong_one_is_refused(house: House) -> None:
    async with watching(house) as client:
        assert (await client.next("hello"))["role"] == "operator"
    bearer = {"Authorization": f"Bearer {house.tokens['viewer']}"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with watching(house, **bearer, Origin="http://evil.example"):
            pass
    assert refused.value.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with watching(house, Host="evil.example", **bearer):
            pass
    assert refused.value.status == 403


async def test_status_is_a_snapshot_and_then_what_changed(house: House) -> None:
    async with watching(house, "viewer") as client:
        await client.subscribe(1, "status", flow="plant")
        first = await client.next("snapshot", 1)
        assert first["nodes"] == ["tick", "keep", "hot", "out", "dead"]
        assert "keep:out>hot" in first["wires"] and len(first["n"]) == 5
        assert all(row[1] == 1 for row in first["n"])
        await house.give("keep", {"key": "a", "value": 1})
        delta = await client.next("delta", 1)
        rows = {first["nodes"][row[0]]: row for row in delta["n"]}
        assert rows["keep"][2] > 0 and "dead" not in rows
        out = first["wires"].index("keep:out>out")
        assert next(row for row in delta["w"] if row[0] == out)[2:4] == [0, 10000]


async def test_a_deploy_sends_a_new_snapshot(house: House) -> None:
    async with watching(house, "viewer") as client:
        await client.subscribe(1, "status", flow="plant")
        await client.next("snapshot", 1)
        text, _ = await house.text()
        (house.flows / "plant.yaml").write_text(text.replace("  dead:", "  more: {type: log}\n  dead:"))
        await house.folder.apply()
        assert "more" in (await client.next("snapshot", 1))["nodes"]


async def test_a_tap_shows_what_leaves_a_node_and_filters_here(house: House) -> None:
    async with watching(house) as client:
        await client.subscribe(1, "messages", flow="plant", node="keep", where="payload.value > 5")
        assert (await client.next("snapshot", 1))["expires_ms"] > 0
        for value in (1, 9):
            await house.give("keep", {"key": "a", "value": value}, topic="x/y")
        [message] = (await client.next("delta", 1))["messages"]
        assert message["payload"] == {"key": "a", "value": 9} and message["encoding"] == "json"
        assert (message["node"], message["port"], message["topic"], message["flow"]) == ("keep", "out", "x/y", "plant")


@pytest.mark.parametrize(
    ("filter", "seen"),
    [
        ({"wire": "keep:out>hot"}, {"keep"}),
        ({"node": "out"}, {"keep", "hot"}),  # a sink: what enters it
        ({"node": "keep", "topic": "x/+"}, {"keep"}),
        ({"node": "keep", "search": "NEEDLE"}, {"keep"}),
        ({}, {"keep", "hot"}),
    ],
)
async def test_a_tap_is_of_a_wire_a_node_or_a_flow(house: House, filter: dict[str, str], seen: set[str]) -> None:
    async with watching(house) as client:
        await client.subscribe(1, "messages", flow="plant", **filter)
        await client.next("snapshot", 1)
        await house.give("keep", {"key": "needle", "value": 99}, topic="x/y")
        messages = (await client.next("delta", 1))["messages"]
        assert {message["node"] for message in messages} == seen


@pytest.mark.parametrize("filter", [{"node": "out"}, {}], ids=["of the sink", "of the flow"])
async def test_a_tap_shows_what_is_put_straight_into_a_sink(house: House, filter: dict[str, str]) -> None:
    async with watching(house) as client:
        await client.subscribe(1, "messages", flow="plant", **filter)
        await client.next("snapshot", 1)
        await house.give("out", {"key": "straight", "value": 1})
        [message] = (await client.next("delta", 1))["messages"]
        assert (message["node"], message["port"], message["payload"]["key"]) == ("out", "in", "straight")


async def test_a_tap_cuts_what_is_large_and_counts_what_is_too_much(house: House) -> None:
    async with watching(house) as client:
        await client.subscribe(1, "messages", 5, flow="plant", node="keep")
        await client.next("snapshot", 1)
        await house.give("keep", {"key": "big", "value": "ü" * 100_000})
        [message] = (await client.next("delta", 1))["messages"]
        assert message["cut"] and message["encoding"] == "text" and message["size_bytes"] > 200_000
        assert len(message["payload"].encode()) <= 65536
        for _ in range(30):
            await house.give("keep", {"key": "a", "value": 1})
        assert (await client.next("dropped", 1))["count"] > 0


async def test_bytes_are_shown_as_base64_and_replayed_the_same(house: House) -> None:
    async with watching(house) as client:
        await client.subscribe(1, "messages", flow="plant", node="tick")
        await client.next("snapshot", 1)
        given = await house.give("tick", "AAECAw==", encoding="base64")
        assert given.status == 202
        [message] = (await client.next("delta", 1))["messages"]
        assert (message["encoding"], message["payload"], message["size_bytes"]) == ("base64", "AAECAw==", 4)
        assert message["id"] == given.json["id"]


async def test_a_tap_ends_with_what_it_taps(house: House) -> None:
    async with watching(house) as client:
        await client.subscribe(1, "messages", flow="plant", node="hot")
        await client.next("snapshot", 1)
        _, etag = await house.text()
        await house.call("DELETE", "flows/plant", If_Match=etag)
        assert (await client.next("ended", 1))["reason"] == "gone"
    assert all(station.tap is None for runtime in house.engine.flows.values() for station in runtime.stations.values())


async def test_a_tap_that_cannot_be_is_an_error(house: House) -> None:
    async with watching(house) as client:
        for id, (filter, type_) in enumerate(
            (
                ({"flow": "nobody"}, "not-running"),
                ({"flow": "plant", "node": "nobody"}, "not-found"),
                ({"flow": "plant", "wire": "a:b>c"}, "not-found"),
                ({"flow": "plant", "where": "1 +"}, "bad-request"),
                ({"flow": "plant", "topic": "a/#/b"}, "bad-request"),
            )
        ):
            await client.subscribe(id, "messages", **filter)
            error = await client.next("error", id)
            assert error["problem"]["type"] == f"urn:flowengine:{type_}"


async def test_a_viewer_may_not_tap_and_a_lowered_role_loses_its_tap(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "LOOK_S", 0.1)
    async with watching(house, "viewer") as client:
        await client.subscribe(1, "messages", flow="plant")
        assert (await client.next("error", 1))["problem"]["type"] == "urn:flowengine:forbidden"
    async with watching(house) as client:
        await client.subscribe(1, "messages", flow="plant")
        await client.next("snapshot", 1)
        house.services.access.tokens._data.write("UPDATE tokens SET role = 'viewer' WHERE name = 'operator'")
        assert (await client.next("ended", 1))["reason"] == "forbidden"


async def test_a_revoked_token_ends_the_connection(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "LOOK_S", 0.1)
    async with watching(house) as client:
        await client.next("hello")
        house.services.access.tokens.remove("operator")
        assert (await client.next("bye"))["reason"] == "logged-out"


async def test_values_are_a_snapshot_and_what_changed(house: House) -> None:
    async with watching(house, "viewer") as client:
        await house.give("keep", {"key": "line/a", "value": 1})
        await client.subscribe(1, "values", keys=["line/*"])
        first = await client.next("snapshot", 1)
        assert first["total"] == 1 and first["values"][0]["value"] == 1
        assert (first["values"][0]["flow"], first["values"][0]["node"]) == ("plant", "keep")
        await house.give("keep", {"key": "other", "value": 5})
        await house.give("keep", {"key": "line/b", "value": 2})
        [row] = (await client.next("delta", 1))["values"]
        assert row["key"] == "line/b" and row["quality"] == "good" and not row["stale"]
        house.engine.rtdb.delete(["line/a"])
        assert (await client.next("delta", 1))["removed"] == ["line/a"]


async def test_values_of_an_earlier_run_are_stale(house: House) -> None:
    house.engine.rtdb.load({"old": Point(1, 1, 1)})
    found = (await house.call("GET", "values?search=old")).json
    assert found["total"] == 1 and found["items"][0]["stale"]


async def test_the_other_topics_tell_their_snapshot(house: House) -> None:
    async with watching(house, "viewer") as client:
        for id, topic in enumerate(("alarms", "log", "engine", "problems", "flows")):
            await client.subscribe(id, topic)
            assert isinstance(await client.next("snapshot", id), dict)


async def test_a_changed_file_shows_within_a_second(house: House) -> None:
    async with watching(house, "viewer") as client:
        await client.subscribe(1, "flows")
        assert not (await client.next("snapshot", 1))["flows"][0]["dirty"]
        (house.flows / "plant.yaml").write_text((house.flows / "plant.yaml").read_text() + "# by hand\n")
        assert (await client.next("delta", 1))["flows"][0]["dirty"]


async def test_nonsense_is_answered_and_does_no_harm(house: House) -> None:
    async with watching(house) as client:
        for text in ("{", "[]", '{"op":"explode"}', '{"op":"subscribe","id":1,"topic":"nothing"}',
                     '{"op":"unsubscribe","id":7}', '{"op":"subscribe","id":1,"topic":"status"}',
                     "[" * 50_000):  # fmt: skip
            await client.ws.send_str(text)
        for id in range(40):
            await client.subscribe(id, "log")
        assert (await client.next("error", 39))["problem"]["type"] == "urn:flowengine:throttled"
        await client.ws.send_str("x" * 70_000)
        async with asyncio.timeout(60):
            while (await client.ws.receive()).type == aiohttp.WSMsgType.TEXT:
                pass


async def test_a_client_that_takes_nothing_is_not_queued_for_and_goes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "SLOW_S", 1.0)
    async with watching(house) as client:
        await client.subscribe(1, "messages", 500, flow="plant", node="keep")
        await client.next("snapshot", 1)
        transport = client.ws._writer.transport  # type: ignore[attr-defined]
        transport.pause_reading()
        [there] = house.ticker.clients

        async def gone() -> bool:
            for _ in range(20):
                await house.give("keep", {"key": "a", "value": "x" * 60_000})
            held = there._request.transport
            assert held is None or held.get_write_buffer_size() < 4 * 2**20
            return not house.ticker.clients

        await until(gone)
        transport.resume_reading()


async def test_clients_in_step_share_the_encoded_rows(house: House) -> None:
    made: list[object] = []
    once = house.ticker.once_per_tick

    def counted(key: Any, make: Any) -> bytes:
        return once(key, lambda: (made.append(key), make())[1])

    house.ticker.once_per_tick = counted  # type: ignore[method-assign]
    async with watching(house, "viewer") as one, watching(house, "viewer") as two:
        for client in (one, two):
            await client.subscribe(1, "status", flow="plant")
        await asyncio.gather(one.next("snapshot", 1), two.next("snapshot", 1))
        made.clear()
        await house.give("keep", {"key": "a", "value": 1})
        assert await asyncio.gather(one.next("delta", 1), two.next("delta", 1))
    assert len(made) <= 2


async def test_stopping_says_good_bye(house: House) -> None:
    async with watching(house) as client:
        await client.next("hello")
        await house.ticker.stop()
        assert (await client.next("bye"))["reason"] == "shutdown"


async def test_who_is_here_and_at_which_node_is_told_to_all(house: House) -> None:
    async with watching(house, "viewer") as one, watching(house, "integrator") as other:
        await one.subscribe(1, "people")
        assert (await one.next("snapshot", 1))["people"] == []
        await other.ws.send_json({"op": "here", "flow": "plant", "node": "keep"})
        assert (await one.next("delta", 1))["people"] == [{"name": "token:integrator", "flow": "plant", "node": "keep"}]
        await other.ws.close()
        assert (await one.next("delta", 1))["people"] == []
