"""Two workers of a cluster with an editor each, on a real server: what one of them knows, people see at the other."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from flowengine.cluster.folder import ClusterFolder
from flowengine.cluster.whole import WholeCluster
from flowengine.cluster.worker import ClusterWorker
from flowengine.ending import end
from flowengine.engine import Engine, Settings
from flowengine.server import Server
from flowengine.store.accounts import ROLES
from flowengine.store.jetstream.client import JetStream
from tests.servers.nats import NatsCluster
from tests.waiting import eventually
from tests.web_editor.conftest import PASSWORD, Answer, House
from web_editor.http.mounting import mount
from web_editor.options import Options

FLOW = """flow: plant
title: Plant
nodes:
  tick: {type: http_in, path: /in, open: false, token: t, to: keep}
  keep: {type: rtdb_write, key: "{payload.d}", value: payload.value, to: hot}
  hot:
    type: alert
    by: "{payload.d}"
    when: payload.value > 8
    title: "{payload.d} is hot"
    durable: {max: 10MiB, key: "{payload.d}", partitions: 1}
    to: out
  out: {type: filter, where: payload.none > 1, on_error: dead}
  dead: {type: dead_letter}
"""


class Box(House):
    """A worker with its editor."""

    worker: ClusterWorker
    task: asyncio.Task[None]
    following: asyncio.Task[None]

    async def end(self) -> None:
        """Stop in order."""
        await end(self.following, again_s=2.0)
        await end(self.task, again_s=2.0)
        await self.back_end.stop()
        await self.worker.close()
        await self.engine.stop(0)
        await self.server.stop()


async def box(folder: Path, jetstream: JetStream, prefix: str, name: str) -> Box:
    """One more worker of the cluster."""
    dist = folder / "dist"
    dist.mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>flowengine</title>")
    engine = Engine(Settings(folder / "data"))
    worker = ClusterWorker(engine, jetstream, prefix, name, ())
    engine.cluster = WholeCluster(worker, jetstream, prefix)
    flows = ClusterFolder(worker)
    server = Server(engine, "127.0.0.1", 0)
    back_end = mount(server.application, engine, flows, Options(dist=dist))
    await server.start()
    await engine.start()
    worker.url = server.url
    await worker.open()
    made = Box(back_end, engine, flows, server, folder)
    made.worker, made.task = worker, asyncio.create_task(worker.run())
    await back_end.start()
    made.following = asyncio.create_task(flows.follow())
    return made


@asynccontextmanager
async def two_boxes(folder: Path, nats: NatsCluster, text: str = FLOW) -> AsyncIterator[tuple[Box, Box]]:
    """Both run, a flow of two stages is deployed at the first, tokens of all roles are made there and known at both."""
    prefix = f"t{uuid.uuid4().hex[:8]}"
    streams = [await JetStream.connect([nats.servers[0].url], "test", 1) for _ in range(2)]
    boxes: list[Box] = []
    try:
        for name, jetstream in zip(("w1", "w2"), streams, strict=True):
            boxes.append(await box(folder / name, jetstream, prefix, name))
        first, second = boxes
        first.services.access.accounts.add_user("anna", PASSWORD, "integrator")
        first.services.sessions.setup_token = None
        first.tokens = second.tokens = {role: first.services.access.tokens.add(role, role)[1] for role in ROLES}
        await eventually(lambda: second.call("GET", "flows", role="admin"), lambda answer: answer.status == 200)
        made = await first.call("PUT", "flows/plant", {"text": text}, If_None_Match="*")
        deployed = await first.call("POST", "flows/plant/deploy", {"comment": "first"}, If_Match=made.headers["ETag"])
        assert deployed.status == 200, deployed.raw
        for each in boxes:
            await eventually(
                lambda each=each: stages(each), lambda found: [bool(o) for o in found.values()] == [True] * 2
            )
            await eventually(lambda each=each: each.call("GET", "flows"), lambda answer: runs(answer.json))
        yield first, second
    finally:
        for each in boxes:
            await each.end()
        for jetstream in streams:
            await jetstream.close()


async def stages(at: Box) -> dict[str, str]:
    """Who has which stage, as one worker tells it."""
    return {row["stage"]: row["owner"] for row in (await at.call("GET", "cluster")).json["stages"]}


def runs(flows: Any) -> bool:
    return [row["id"] for row in flows["items"] if row["running"]] == ["plant"]


async def listed(at: Box, path: str) -> list[Any]:
    items: list[Any] = (await at.call("GET", path)).json["items"]
    return items


async def test_what_one_worker_has_is_seen_and_acted_on_at_the_other(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with two_boxes(tmp_path, one_nats) as (first, second):
        owners = await stages(first)
        assert sorted(owners.values()) == ["w1", "w2"] and await stages(second) == owners
        by_name = {"w1": first, "w2": second}
        there, away = by_name[owners["hot"]], by_name[owners["tick"]]
        # a message goes in at the worker that does not run the node, its value and alarm are seen at both
        assert (await there.give("keep", {"d": "c1", "value": 9})).status == 202
        for each in (first, second):
            await eventually(lambda each=each: listed(each, "values"), lambda rows: [r["value"] for r in rows] == [9])
            rows = await eventually(lambda each=each: listed(each, "alarms"), lambda rows: len(rows) == 1)
            assert (rows[0]["flow"], rows[0]["state"]) == ("plant", "active_unacknowledged")
        # counters are those of the whole flow, wherever its nodes are
        for each in (first, second):
            whole = await eventually(
                lambda each=each: metrics(each, "?cluster"), lambda text: received(text, "plant", "hot") == 1
            )
            assert received(whole, "plant", "keep") == 1
            one = await metrics(each, "")
            assert 'flow="plant"' not in one and ('flow="plant.hot.0"' in one) == ("plant.hot.0" in each.engine.here)
            node = each.engine.flows["plant"].stations["hot"]
            assert (node.state, node.received) == ("running", 1)
        # it is acknowledged where its node does not run
        path = f"alarms/{rows[0]['id']}/acknowledge"
        assert (await away.call("POST", path, {"comment": "seen"}, role="viewer")).problem == "forbidden"
        assert (await away.call("POST", path, {"comment": "seen"}, role="operator")).json["acknowledged"][
            "by"
        ] == "token:operator"
        for each in (first, second):
            await eventually(
                lambda each=each: listed(each, "alarms"),
                lambda rows: [row["state"] for row in rows] == ["active_acknowledged"],
            )
            history = [row["event"] for row in await listed(each, "alarms/history")]
            assert history == ["acknowledged", "raised"]
            await eventually(
                lambda each=each: listed(each, "audit"),
                lambda rows: "alarm acknowledged" in [r["action"] for r in rows],
            )
        # the letter lies with the stage that rejected, and goes back from the other
        for each in (first, second):
            letters = await eventually(lambda each=each: listed(each, "dead-letters"), lambda rows: len(rows) == 1)
            assert (await each.call("GET", f"dead-letters/{letters[0]['id']}")).json["message"]["payload"]
        assert (await away.call("POST", "dead-letters/purge", {"all": True})).json == {"count": 1}
        assert await listed(there, "dead-letters") == []


async def metrics(at: Box, query: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"{at.base}/metrics{query}") as answer:
        return await answer.text()


def received(text: str, flow: str, node: str) -> float:
    start = f'flowengine_received_messages_total{{flow="{flow}",node="{node}"'
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))


async def test_a_worker_is_drained_at_the_other_as_the_plan_says(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with two_boxes(tmp_path, one_nats) as (_, second):
        path = "cluster/workers/w1/drain"
        assert (await second.call("GET", path, role="operator")).problem == "forbidden"
        assert (await second.call("POST", path, role="operator")).problem == "forbidden"
        assert (await second.call("GET", "cluster/workers/w9/drain")).problem == "not-found"
        plan = (await second.call("GET", path)).json
        assert [row["to"] for row in plan] == ["w2"] and plan[0]["stage"] in ("tick", "hot")
        assert (await second.call("POST", path)).status == 204
        await eventually(lambda: stages(second), lambda owners: set(owners.values()) == {"w2"})
        await eventually(lambda: workers(second), lambda told: told == [("w1", True, False), ("w2", False, True)])


async def workers(at: Box) -> list[tuple[str, bool, bool]]:
    """Name, whether it is leaving and whether it is the one that tells, as on the engine's page."""
    told = (await at.call("GET", "engine")).json["cluster"]["workers"]
    return [(row["name"], row["leaving"], row["here"]) for row in told]


async def test_flows_users_and_revisions_are_the_same_at_every_worker(tmp_path: Path, one_nats: NatsCluster) -> None:
    async with two_boxes(tmp_path, one_nats) as (first, second):
        assert second.services.sessions.setup_token is None
        came_in = await log_in(second)
        cookie = came_in.headers["Set-Cookie"].partition(";")[0]
        asked = {"role": None, "Cookie": cookie}
        await eventually(lambda: first.call("GET", "alarms", **asked), lambda answer: answer.status == 200)
        left = await second.call("DELETE", "session", **asked, X_Requested_With="flowengine")
        assert left.status == 204
        await eventually(lambda: first.call("GET", "alarms", **asked), lambda answer: answer.status == 401)
        text, etag = await second.text()
        assert text == FLOW
        revisions = await listed(second, "flows/plant/revisions")
        assert [(row["author"], row["comment"]) for row in revisions] == [("token:admin", "first")]
        changed = await second.call("PUT", "flows/plant", {"text": FLOW.replace("> 8", "> 7")}, If_Match=etag)
        done = await second.call("POST", "flows/plant/deploy", {"comment": "lower"}, If_Match=changed.headers["ETag"])
        assert done.status == 200
        await eventually(lambda: first.text(), lambda found: "> 7" in found[0])
        assert [row["comment"] for row in await listed(first, "flows/plant/revisions")] == ["lower", "first"]
        # who may no longer come in is out everywhere
        await second.call("DELETE", "users/anna")
        await eventually(lambda: log_in(first), lambda answer: answer.status == 401)
        _, etag = await first.text()
        assert (await first.call("DELETE", "flows/plant", If_Match=etag)).status == 204
        for each in (first, second):
            await eventually(lambda each=each: listed(each, "flows"), lambda rows: rows == [])


async def log_in(at: Box) -> Answer:
    body = {"name": "anna", "password": PASSWORD}
    return await at.call("POST", "session", body, None, X_Requested_With="flowengine")
