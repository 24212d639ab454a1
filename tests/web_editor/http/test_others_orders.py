"""What operators do at a worker of a cluster that does not run the flow: it reaches the one that does, once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from flowengine.cluster.whole import ASK_S
from flowengine.message import Message, pack
from tests.servers.modbus import ModbusPlant, modbus_plant
from tests.servers.nats import NatsCluster
from tests.waiting import PATIENCE_S, eventually
from tests.web_editor.http.test_others import Box, listed, stages, two_boxes
from tests.web_editor.live.test_socket import Watcher, watching
from web_editor.api.letters_elsewhere import Given
from web_editor.api.pages import ANSWER_S
from web_editor.asking import Question, ask
from web_editor.monitor.tapping import Chosen
from web_editor.monitor.taps_elsewhere import Asked

__all__ = ["modbus_plant"]
FLOW = """flow: plant
title: Plant
connections:
  bus: {{type: modbus, url: "{url}", timeout: 300ms}}
nodes:
  set: {{type: modbus_out, connection: bus, unit: 1, to: told, points: [{{name: sp, address: 20, min: 10, max: 40}}]}}
  told: {{type: filter, where: "true", durable: {{max: 10MiB}}, to: end}}
  end: {{type: log, level: debug}}
pages:
  hall:
    title: Hall
    widgets:
      button: {{type: button, title: B, to: set, payload: {{sp: 11}}}}
      switch: {{type: switch, title: S, key: sp, to: set, on: {{sp: 12}}, off: {{sp: 10}}}}
      point: {{type: setpoint, title: P, key: sp, point: sp, min: 10, max: 60, to: set}}
      form: {{type: form, title: F, to: set, fields: {{sp: {{type: number}}}}}}
      deep: {{type: button, title: D, to: set, payload: {{sp: 15}}, role: integrator}}
"""
WIRE = "set:out>told"
WIDGETS = "flows/plant/pages/hall/widgets"


async def press(at: Box, widget: str, value: Any = None, role: str = "operator") -> Any:
    return await at.call("POST", f"{WIDGETS}/{widget}", {"value": value}, role=role)


async def test_what_is_pressed_at_one_worker_is_carried_out_and_journaled_once_at_the_other(
    tmp_path: Path, one_nats: NatsCluster, modbus_plant: ModbusPlant
) -> None:
    registers = modbus_plant.server.devices[1].tables["holding"]
    async with two_boxes(tmp_path, one_nats, FLOW.format(url=modbus_plant.url)) as (first, second):
        owners = await stages(first)
        there, away = (first, second) if owners["set"] == "w1" else (second, first)
        assert "plant.set.0" in there.engine.here and "plant.set.0" not in away.engine.here
        # its connection is seen from there
        report = await eventually(
            lambda: away.call("GET", "connections/plant/bus", role="viewer"),
            lambda answer: answer.status == 200 and answer.json["up"],
        )
        assert [row["node"] for row in report.json["users"]] == ["set"] and report.json["frames"] == []
        # each kind of order is stored, with a word of what became of it
        for widget, value, written in (
            ("button", None, 11), ("switch", True, 12), ("point", 13, 13), ("form", {"sp": 14}, 14),
        ):  # fmt: skip
            pressed = await press(away, widget, value)
            assert (pressed.status, pressed.json["state"]) == (202, "sent"), pressed.raw
            assert registers[20] == written
        # or refused, by the flow, by the widget, by the person's role: here, and again where it is carried out
        refused = await press(away, "point", 50)
        assert refused.problem == "flow-refused" and "greatest value allowed, 40" in refused.json["detail"]
        assert (await press(away, "point", 61)).problem == "bad-request"
        assert (await press(away, "button", role="viewer")).problem == "forbidden"
        assert (await press(away, "deep")).problem == "forbidden"
        assert await forged(away, "button", "viewer") == await forged(away, "deep", "operator") == "forbidden"
        assert registers[20] == 14
        assert (await press(away, "deep", role="integrator")).json["state"] == "sent" and registers[20] == 15
        assert [write[-1] for write in modbus_plant.writes] == [11, 12, 13, 14, 15]
        # in the journal of writes and in the audit each of them is once, at both
        for each in (there, away):
            made = await listed(each, f"{WIDGETS}/point/writes")
            assert [row["value"] for row in made] == [15, 50, 14, 13, 12, 11]
            assert made[0]["by"] == "token:integrator" and [row["result"] for row in made].count("refused") == 1
            lines = await eventually(lambda each=each: presses(each), lambda found: len(found) >= 6)
            assert sorted(lines) == ["button", "deep", "form", "point", "point", "switch"]
        # what passes is heard at both of them, whichever runs it, and each worker stops when nobody watches
        for each in (there, away):
            async with watching(each) as client:
                for id, chosen in enumerate(({"node": "set"}, {"node": "told"}, {"node": "end"}, {"wire": WIRE})):
                    await client.subscribe(id, "messages", flow="plant", **chosen)
                    await client.next("snapshot", id)
                await eventually(lambda each=each: taps_of_others(there, away, each), lambda count: count == 2)
                assert (await press(away, "form", {"sp": 16})).json["state"] == "sent"
                for messages in (await first_heard(client, 4)).values():
                    assert [m["payload"]["value"] for m in messages] == [16] and messages[0]["flow"] == "plant"
            await eventually(lambda each=each: taps_of_others(there, away, each), lambda count: count == 0)
        async with watching(away, "viewer") as client:
            await client.subscribe(1, "messages", flow="plant", node="set")
            assert (await client.next("error", 1))["problem"]["type"].endswith("forbidden")
        tap = Asked("t", Chosen("plant", "set", "", "", "", "", 50.0))
        assert await asked(away, "POST", "taps/heard", {}, msgspec.json.encode(tap), "viewer") == "forbidden"
        async with watching(away) as client:
            await client.subscribe(1, "messages", flow="plant", node="nothing")
            assert (await client.next("ended", 1))["reason"] == "gone"
            # no more of it than was asked for; what is left out is counted
            await client.subscribe(2, "messages", 1, flow="plant", node="set")
            await eventually(lambda: taps_of_others(there, away, away), lambda count: count == 1)
            for _ in range(5):
                await press(away, "button")
            assert len((await client.next("delta", 2))["messages"]) == 1
            assert (await client.next("dropped", 2))["count"] >= 1


async def first_heard(client: Watcher, count: int) -> dict[int, Any]:
    """The first messages of so many subscriptions."""
    found: dict[int, Any] = {}
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            told = [*client.waiting, *(await client.ws.receive_json())]
            client.waiting.clear()
            for each in told:
                if each["op"] == "delta":
                    found.setdefault(each["id"], each["data"]["messages"])
    return found


async def taps_of_others(there: Box, away: Box, watched: Box) -> int:
    """How many taps the worker has that is not watched."""
    return len((there if watched is away else away).services.given_taps)


async def presses(at: Box) -> list[str]:
    """The widgets that the audit names."""
    return [row["subject"].rpartition("/")[2] for row in await listed(at, "audit") if row["action"] == "press"]


async def forged(at: Box, widget: str, role: Any) -> str:
    """What another worker says to an order of somebody whom this one should not have let through."""
    parts = {"flow": "plant", "page": "hall", "widget": widget}
    path = "flows/{flow}/pages/{page}/widgets/{widget}"
    return await asked(at, "POST", path, parts, b'{"value": null}', role)


async def asked(at: Box, method: str, path: str, parts: dict[str, str], body: bytes, role: Any) -> str:
    """The problem that the other worker answers to what this one asks it for somebody; empty for none."""
    assert at.engine.cluster is not None
    [answer] = await ask(at.engine.cluster, Question(method, path, parts, {}, body, "eve", role))
    assert answer is not None
    return answer.problem.type.rpartition(":")[2] if answer.problem is not None else ""


async def test_a_letter_whose_stage_moved_is_given_back_once_where_it_runs_now(
    tmp_path: Path, one_nats: NatsCluster
) -> None:
    async with two_boxes(tmp_path, one_nats) as (first, second):
        owners = await stages(first)
        had, has = (first, second) if owners["hot"] == "w1" else (second, first)
        assert (await has.give("keep", {"d": "c1", "value": 9})).status == 202
        [old] = await eventually(lambda: listed(has, "dead-letters"), lambda rows: len(rows) == 1)
        assert (await has.call("POST", f"cluster/workers/{owners['hot']}/drain")).status == 204
        await eventually(lambda: stages(has), lambda found: found["hot"] not in ("", owners["hot"]))
        # another letter, which has the same number at its own worker, stays as it is
        await eventually(lambda: has.give("keep", {"d": "c2", "value": 9}), lambda answer: answer.status == 202)
        await eventually(lambda: listed(has, "dead-letters"), lambda rows: len(rows) == 2)
        assert had.services.dead_letters.show(old["id"]) and not has.services.dead_letters.show(old["id"])
        forbidden = await has.call("POST", "dead-letters/redrive", {"ids": [old["id"]]}, role="operator")
        assert forbidden.problem == "forbidden"
        given = [await has.call("POST", "dead-letters/redrive", {"ids": [old["id"]]}, role="integrator")]
        given += [await had.call("POST", "dead-letters/redrive", {"ids": [old["id"]]}, role="integrator")]
        assert [answer.json for answer in given] == [{"count": 1}, {"count": 0}]
        # it is rejected again, where it is now
        for each in (had, has):
            rows = await eventually(
                lambda each=each: listed(each, "dead-letters"),
                lambda rows: sorted(row["attempts"] for row in rows) == [1, 2],
            )
        assert old["id"] not in [row["id"] for row in rows] and len(has.services.dead_letters.find("", "", "")) == 2
        # asked twice for one letter, as where an answer was lost, the worker that runs the node takes it once
        lost = Given("lost", "plant.hot.0", "out", pack(Message({"d": "c3", "value": 9})))
        for _ in range(2):
            assert await asked(had, "POST", "dead-letters/take", {}, msgspec.json.encode(lost), "integrator") == ""
        await eventually(lambda: listed(has, "dead-letters"), lambda rows: len(rows) >= 3)
        # nobody runs it
        _, etag = await has.text()
        assert (await has.call("DELETE", "flows/plant", If_Match=etag)).status == 204
        await eventually(lambda: listed(had, "flows"), lambda rows: rows == [])
        for each in (had, has):
            refused = await each.call("POST", "dead-letters/redrive", {"all": True})
            assert refused.problem == "not-running" and "plant is not deployed" in refused.json["detail"]
        assert len(await listed(had, "dead-letters")) == 3


def test_another_worker_is_waited_for_longer_than_its_flow_is() -> None:
    assert ASK_S > ANSWER_S + 1
