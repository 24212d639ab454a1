"""Alarms, values, trends, dead letters, pages, the engine page and the log, through the API."""

from pathlib import Path
from typing import Any

import pytest

from flowengine.store.rtdb import Point
from tests.waiting import until
from tests.web_editor.conftest import FLOW, SECRET, House, close_house, open_house


async def raised(house: House, key: str = "c1", value: float = 9, **more: Any) -> Any:
    """The alarm that a value raises."""
    await house.give("keep", {"key": key, "value": value, **more})

    async def found() -> Any:
        items = (await house.call("GET", "alarms", role="viewer")).json["items"]
        return next((alarm for alarm in items if alarm["key"] == key), None)

    return await until(found)


async def test_an_alarm_is_raised_acknowledged_and_cleared_with_its_history(house: House) -> None:
    alarm = await raised(house)
    assert alarm["state"] == "active_unacknowledged" and alarm["priority"] == "high"
    assert (alarm["title"], alarm["value"], alarm["count"], alarm["node"]) == ("c1 is hot", 9, 1, "hot")
    path = f"alarms/{alarm['id']}"
    done = await house.call("POST", f"{path}/acknowledge", {"comment": "on my way"}, "operator")
    assert done.status == 200 and done.json["state"] == "active_acknowledged"
    assert done.json["acknowledged"]["by"] == "token:operator" and done.json["acknowledged"]["comment"] == "on my way"
    assert (await house.call("POST", f"{path}/acknowledge", {}, "operator")).problem == "refused"
    await house.give("keep", {"key": "c1", "value": 1})

    async def events() -> Any:
        items = (await house.call("GET", f"alarms/history?alarm={alarm['id']}")).json["items"]
        found = [(event["event"], event["by"], event["comment"]) for event in items]
        return found if len(found) == 3 else None

    assert await until(events) == [
        ("cleared", None, ""), ("acknowledged", "token:operator", "on my way"), ("raised", None, ""),
    ]  # fmt: skip
    assert (await house.call("GET", "alarms")).json["items"] == []
    assert [line["action"] for line in await house.done_by("operator")] == ["alarm acknowledged"]


async def test_the_history_says_that_an_alarm_escalated(tmp_path: Path) -> None:
    house = await open_house(tmp_path, FLOW.replace("latch: true", "escalate: 300ms"))
    house.tokens = {role: house.services.access.tokens.add(role, role)[1] for role in ("viewer", "admin")}  # type: ignore[arg-type]
    await raised(house)

    async def events() -> Any:
        items = (await house.call("GET", "alarms/history")).json["items"]
        return items if len(items) > 1 else None

    assert [event["event"] for event in await until(events)] == ["escalated", "raised"]
    await close_house(house)


async def test_an_alarm_is_shelved_for_a_time_or_once_with_a_reason(house: House) -> None:
    path = f"alarms/{(await raised(house))['id']}"
    for body in ({"reason": "x"}, {"reason": "x", "for_s": 5, "once": True}, {"reason": "", "for_s": 5}, {"for_s": 5}):
        assert (await house.call("POST", f"{path}/shelve", body, "operator")).problem == "bad-request"
    done = await house.call("POST", f"{path}/shelve", {"reason": "cleaning", "for_s": 600}, "operator")
    shelved = done.json["shelved"]
    assert shelved["reason"] == "cleaning" and shelved["until_ms"] == pytest.approx(shelved["at_ms"] + 600_000)
    assert done.json["state"] == "active_unacknowledged"
    assert (await house.call("POST", f"{path}/unshelve", {}, "operator")).json["shelved"] is None
    once = await house.call("POST", f"{path}/shelve", {"reason": "cleaning", "once": True}, "operator")
    assert once.json["shelved"]["until_ms"] is None


async def test_an_alarm_goes_out_of_service_and_back(house: House) -> None:
    path = f"alarms/{(await raised(house))['id']}"
    out = await house.call("POST", f"{path}/out-of-service", {"reason": "sensor broken"}, "integrator")
    assert out.json["out_of_service"]["by"] == "token:integrator"
    assert (await house.call("POST", f"{path}/in-service", {}, "integrator")).json["out_of_service"] is None


async def test_a_comment_is_kept(house: House) -> None:
    alarm = await raised(house)
    done = await house.call("POST", f"alarms/{alarm['id']}/comment", {"comment": "seen <b>before</b>"}, "operator")
    assert done.json["comments"] == 1
    newest = (await house.call("GET", "alarms/history")).json["items"][0]
    assert (newest["event"], newest["comment"]) == ("comment", "seen <b>before</b>")


async def test_a_group_of_alarms_is_acknowledged_as_one_and_others_stay(tmp_path: Path) -> None:
    house = await open_house(tmp_path, FLOW.replace("latch: true", "group: {by: '{payload.hall}'}"))
    house.tokens = {role: house.services.access.tokens.add(role, role)[1] for role in ("viewer", "operator", "admin")}  # type: ignore[arg-type]
    for key, hall in (("c1", "g1"), ("c2", "g1"), ("c3", "g2")):
        await raised(house, key, hall=hall)
    listed = (await house.call("GET", "alarms?group=g1")).json["items"]
    assert sorted((alarm["key"], alarm["group"]) for alarm in listed) == [("c1", "g1"), ("c2", "g1")]
    body = {"flow": "plant", "node": "hot", "group": "g1", "comment": "power cut"}
    assert (await house.call("POST", "alarms/acknowledge", body, "viewer")).problem == "forbidden"
    done = await house.call("POST", "alarms/acknowledge", body, "operator")
    assert sorted((a["key"], a["state"], a["acknowledged"]["comment"]) for a in done.json) == [
        ("c1", "active_acknowledged", "power cut"), ("c2", "active_acknowledged", "power cut"),
    ]  # fmt: skip
    states = {alarm["key"]: alarm["state"] for alarm in (await house.call("GET", "alarms")).json["items"]}
    assert states["c3"] == "active_unacknowledged"
    assert (await house.call("POST", "alarms/acknowledge", body, "operator")).problem == "not-found"
    audit = await house.done_by("operator")
    assert [(line["action"], line["subject"], line["detail"]) for line in audit] == [
        ("alarm group acknowledged", "plant/hot g1", "2 power cut")
    ]
    await close_house(house)


async def test_alarms_survive_a_restart_with_who_acknowledged_them(tmp_path: Path) -> None:
    house = await open_house(tmp_path)
    house.tokens = {role: house.services.access.tokens.add(role, role)[1] for role in ("viewer", "operator", "admin")}  # type: ignore[arg-type]
    alarm = await raised(house)
    await house.call("POST", f"alarms/{alarm['id']}/acknowledge", {"comment": "mine"}, "operator")
    tokens = house.tokens
    await close_house(house)
    house = await open_house(tmp_path)
    house.tokens = tokens

    async def found() -> Any:
        return (await house.call("GET", "alarms")).json["items"]

    [again] = await until(found)
    assert (
        again["state"] == "active_acknowledged" and again["acknowledged"]["comment"] == "mine" and again["count"] == 1
    )
    events = [event["event"] for event in (await house.call("GET", "alarms/history")).json["items"]]
    assert events == ["acknowledged", "raised"]
    await close_house(house)


async def test_values_are_searched_and_paged(house: House) -> None:
    for n in range(5):
        await house.give("keep", {"key": f"line/{n}", "value": n})
    first = (await house.call("GET", "values?search=LINE/&limit=2", role="viewer")).json
    assert first["total"] == 5 and [item["key"] for item in first["items"]] == ["line/0", "line/1"]
    second = (await house.call("GET", f"values?search=line/&limit=2&cursor={first['next']}")).json
    assert [item["value"] for item in second["items"]] == [2, 3]
    assert (await house.call("GET", "values?flow=nobody")).json["total"] == 0
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=x", "nothing=1"):
        assert (await house.call("GET", f"values?{query}")).problem == "bad-request"


async def test_a_dead_letter_is_listed_read_given_back_and_purged(house: House) -> None:
    await house.give("keep", {"no": "key"})  # nothing to store it under: its own error port leads nowhere
    await house.give("dead", {"key": "late", "value": 1}, meta={"error": {"node": "keep", "reason": "too odd"}})

    async def letters() -> Any:
        return (await house.call("GET", "dead-letters", role="operator")).json["items"]

    [letter] = await until(letters)
    assert (letter["flow"], letter["node"], letter["from"], letter["reason"]) == ("plant", "dead", "keep", "too odd")
    whole = (await house.call("GET", f"dead-letters/{letter['id']}", role="operator")).json
    assert whole["message"]["payload"] == {"key": "late", "value": 1}
    assert (await house.call("GET", "dead-letters?search=odd")).json["total"] == 1
    assert (await house.call("GET", "dead-letters?search=nothing")).json["total"] == 0
    assert (await house.call("POST", "dead-letters/redrive", {}, "integrator")).problem == "bad-request"
    done = await house.call("POST", "dead-letters/redrive", {"ids": [letter["id"]]}, "integrator")
    assert done.json == {"count": 1} and await letters() == []
    assert house.engine.rtdb.get("late") is not None
    await house.give("dead", {"a": 1})
    await until(letters)
    assert (await house.call("POST", "dead-letters/purge", {"all": True}, "integrator")).json == {"count": 1}
    assert (await house.call("GET", "dead-letters/nonsense")).problem == "not-found"


async def test_a_page_shows_its_widgets_and_who_may_press(house: House) -> None:
    assert (await house.call("GET", "pages", role="viewer")).json["items"] == [
        {"flow": "plant", "page": "hall", "title": "Hall"}
    ]
    page = (await house.call("GET", "flows/plant/pages/hall", role="operator")).json
    widgets = {widget["id"]: widget for widget in page["widgets"]}
    assert widgets["temp"] == {
        "id": "temp", "title": "Air", "may": False, "type": "value", "key": "c1", "unit": "°C", "digits": None,
        "words": {}, "grid": None,
    }  # fmt: skip
    assert widgets["purge"]["may"] and not widgets["deep"]["may"] and "payload" not in widgets["purge"]
    assert widgets["set"]["schema"]["properties"]["value"] == {"type": "number", "maximum": 30}
    viewer = (await house.call("GET", "flows/plant/pages/hall", role="viewer")).json
    assert not any(widget["may"] for widget in viewer["widgets"])


async def test_a_press_makes_the_declared_message_and_is_audited(house: House) -> None:
    async def press(widget: str, value: Any, role: str = "operator") -> Any:
        return await house.call("POST", f"flows/plant/pages/hall/widgets/{widget}", {"value": value}, role)

    value = house.engine.rtdb.get
    assert (await press("purge", None)).status == 202 and value("purged") is not None
    assert (await press("fan", True)).status == 202 and value("fan").value == 1  # type: ignore[union-attr]
    assert (await press("set", {"key": "by hand", "value": 30})).status == 202 and value("by hand") is not None
    assert (await press("deep", None)).problem == "forbidden" and (
        await press("deep", None, "integrator")
    ).status == 202
    for widget, wrong in (
        ("purge", 1),
        ("fan", "on"),
        ("set", {"key": "x", "value": 31}),
        ("set", {"more": 1}),
        ("set", None),
    ):
        assert (await press(widget, wrong)).problem == "bad-request", widget
    assert (await press("temp", None)).problem == "refused" and (await press("nobody", None)).problem == "not-found"
    lines = await house.done_by("operator")
    assert (lines[0]["action"], lines[0]["subject"], len(lines)) == ("press", "plant/hall/set", 3)


async def test_a_wrong_widget_is_told_by_the_flows_diagnostics(house: House) -> None:
    text, _ = await house.text()
    found = await house.call(
        "POST",
        "flows/plant/check",
        {"text": text.replace("type: gauge", "").replace("type: value, title", "type: vlaue, title")},
    )
    [fault] = [d for d in found.json["diagnostics"] if d["code"] == "bad-page"]
    assert fault["message"] == "unknown widget type 'vlaue' (did you mean value?)"
    assert fault["path"] == ["pages", "hall", "widgets", "temp", "type"]
    assert fault["severity"] == "warning" and fault["range"]


async def test_an_injected_message_is_as_if_it_had_come_by_a_wire(house: House) -> None:
    done = await house.give("keep", {"key": "k", "value": 2}, topic="a/b", meta={"x": 1})
    assert done.status == 202 and house.engine.rtdb.get("k") is not None
    assert (await house.give("nobody", 1)).problem == "not-found"
    assert (await house.give("keep", 1, port="nothing")).problem == "not-found"
    assert (await house.give("keep", 5, encoding="base64")).problem == "bad-request"
    assert (await house.give("keep", "!!", encoding="base64")).problem == "bad-request"
    as_output = await house.give("tick", {"key": "from tick", "value": 1})
    assert as_output.status == 202 and house.engine.rtdb.get("from tick") is not None
    assert all(station.balance == 0 for station in house.engine.flows["plant"].stations.values())
    _, etag = await house.text()
    await house.call("PUT", "flows/other", {"text": "flow: other\n"}, If_None_Match="*")
    other = await house.call("POST", "flows/other/nodes/x/inject", {"payload": 1})
    assert other.problem == "not-running" and etag


async def test_expressions_are_checked_and_tried(house: House) -> None:
    async def check(**body: Any) -> Any:
        return (await house.call("POST", "expressions/check", body, "viewer")).json

    assert await check(source="payload.value > 8", kind="expression") == {"ok": True, "message": None, "column": None}
    for source, kind in (("payload.value < ${hot_c} - 1", "expression"), ("${site:-lab}/{device}", "template")):
        assert (await check(source=source, kind=kind))["ok"], source
    beside = await check(source="payload.value < ${hot_c} -", kind="expression", message={"payload": {"value": 1}})
    assert not beside["ok"] and beside["column"] > len("payload.value < ${hot_c}")
    wrong = await check(source="payload.value >", kind="expression")
    assert not wrong["ok"] and wrong["message"]
    tried = await check(source="payload.value * 2", kind="expression", message={"payload": {"value": 4}})
    assert tried["value"] == 8
    filled = await check(source="{device}/x", kind="template", message={"payload": {}, "meta": {"device": "c1"}})
    assert filled["value"] == "c1/x"
    missing = await check(source="payload.a + 1", kind="expression", message={"payload": {}})
    assert not missing["ok"] and "missing" in missing["message"]


async def test_scripts_are_checked_by_line_and_tried_within_their_budget(house: House) -> None:
    async def check(source: str, payload: Any = None, role: str = "viewer") -> Any:
        given = {} if payload is None else {"message": {"payload": payload, "topic": "a/b", "meta": {"device": "c1"}}}
        return (await house.call("POST", "expressions/check", {"source": source, "kind": "script", **given}, role)).json

    wrong = await check("x = 1\nimport os")
    assert (wrong["ok"], wrong["line"], wrong["column"]) == (False, 2, 1) and "import" in wrong["message"]
    assert await check("x = ${hot_c}\npayload.x = x", {"x": 1}) == {"ok": True, "message": None, "column": None}
    code = (
        "state.n = coalesce(state.n, 0) + 1\nnote('seen')\ntopic = 'z'\nsend('hot', payload.t * 2)\npayload.n = state.n"
    )
    assert (await check(code, {"t": 4}))["tried"] == {
        "rejected": None,
        "sent": [
            {"port": "hot", "payload": 8, "topic": "z"},
            {"port": "out", "payload": {"t": 4, "n": 1}, "topic": "z"},
        ],
        "more": 0,
        "state": {"n": 1},
        "notes": ["seen"],
    }
    assert (await check("drop()", {}))["tried"]["sent"] == []
    for code, reason in (
        ("x = 1\nif payload.t > 3: reject('too hot')", "line 2: too hot"),
        ("x = payload.a + 1", "line 1, column 5: payload.a is missing (payload has t)"),
        ("for i in range(1000000):\n    x = i", "line 2: more work than a message may cost"),
        ("time = 'soon'", "no such time"),
        (
            "for n in range(600): send('out', n)\nstate.x = payload\nfor n in range(600): send('out', n)",
            "more than 1000",
        ),
    ):
        assert reason in (await check(code, {"t": 4}))["tried"]["rejected"], code
    many = (await check("for n in range(50): send('each', n)", {}))["tried"]
    assert len(many["sent"]) == 20 and many["more"] == 31
    asked = {"source": "x = 1", "kind": "script"}
    assert (await house.call("POST", "expressions/check", asked, role=None)).status == 401


async def test_the_engine_page_and_the_log_tell_how_it_goes(house: House) -> None:
    await house.give("keep", {"key": "k", "value": 2})
    page = (await house.call("GET", "engine", role="viewer")).json
    assert page["flows"][0]["flow"] == "plant" and page["memory_bytes"] > 1e6
    assert any(queue["node"] == "out" and queue["policy"] == "block" for queue in page["queues"])
    house.engine.flows["plant"].stations["keep"].node.context.log.warning("something %s", "odd")
    house.engine.flows["plant"].stations["keep"].node.context.log.warning("something %s", "odd")
    [line] = (await house.call("GET", "log?level=warning&flow=plant&search=ODD", role="viewer")).json["items"]
    assert (line["node"], line["message"], line["count"], line["level"]) == ("keep", "something odd", 2, "warning")
    assert (await house.call("GET", "log?level=loud")).problem == "bad-request"


async def test_node_types_describe_every_type(house: House) -> None:
    found = await house.call("GET", "node-types", role="viewer")
    types = {each["type"]: each for each in found.json["nodes"]}
    assert set(types) == set(house.engine.catalog.node_types())
    assert types["alert"]["ports"][:2] == ["out", "journal"] and types["inject"]["kind"] == "source"
    assert all(each["summary"] and each["examples"][0].startswith(f"{name}:") for name, each in types.items())
    assert found.json["flow_schema"]["type"] == "object"
    again = await house.call("GET", "node-types", If_None_Match=found.headers["ETag"])
    assert again.status == 304


async def test_the_palette_is_the_types_without_help_examples_and_schemas(house: House) -> None:
    types = (await house.call("GET", "node-types", role="viewer")).json
    found = await house.call("GET", "palette", role="viewer")
    for section in ("nodes", "connections"):
        for short, whole in zip(found.json[section], types[section], strict=True):
            left_out = {"help", "examples", "schema", "looks", "browses"}
            assert short == {key: whole[key] for key in whole.keys() - left_out}
    assert len(found.raw) < 30_000  # each node type takes some 300 bytes
    again = await house.call("GET", "palette", If_None_Match=found.headers["ETag"])
    assert again.status == 304


async def test_types_and_palette_are_told_in_the_language_asked_for(house: House) -> None:
    english = {each["type"]: each for each in (await house.call("GET", "node-types")).json["nodes"]}
    found = await house.call("GET", "node-types?lang=fr", role="viewer")
    buffer = next(each for each in found.json["nodes"] if each["type"] == "buffer")
    assert (buffer["title"], buffer["examples"]) == ("Tampon", english["buffer"]["examples"])
    assert buffer["schema"]["properties"]["count"]["title"] == "Passer à tant de messages"
    assert buffer["schema"]["properties"]["count"]["description"].startswith("Transmettre")
    in_text = found.json["flow_schema"]["$defs"]["node.buffer"]["properties"]["count"]
    assert in_text["description"].startswith("Transmettre")
    palette = (await house.call("GET", "palette?lang=fr", role="viewer")).json
    assert next(each for each in palette["nodes"] if each["type"] == "buffer")["summary"] == buffer["summary"]
    assert found.headers["ETag"] != (await house.call("GET", "node-types")).headers["ETag"]


async def test_a_language_that_no_node_speaks_is_answered_in_english(house: House) -> None:
    english = await house.call("GET", "palette")
    found = await house.call("GET", "palette?lang=xx")
    assert (found.json, found.headers["ETag"]) == (english.json, english.headers["ETag"])
    assert (await house.call("GET", "palette?lang=../fr")).problem == "bad-request"


@pytest.fixture
async def secretive(tmp_path: Path) -> Any:
    """A flow whose secret gets everywhere it can: values, alarms, letters, the log."""
    text = """flow: plant
nodes:
  tick: {type: inject, every: 1h, payload: {key: c1, value: "PWD", n: 9}, to: keep}
  keep: {type: rtdb_write, key: "{payload.key}", value: payload.value, to: [hot, out, dead]}
  hot: {type: alert, when: payload.n > 1, title: "{payload.value}", value: payload.value}
  out: {type: log}
  dead: {type: dead_letter}
""".replace('"PWD"', '"${secret:key}"')
    house = await open_house(tmp_path, text)
    house.services.sessions.setup_token = None
    house.tokens = {"admin": house.services.access.tokens.add("admin", "admin")[1]}
    yield house
    await close_house(house)


async def test_a_secret_is_in_no_answer(secretive: House) -> None:
    house = secretive
    await house.give("keep", {"key": "c2", "value": SECRET, "n": 9, SECRET: 1}, topic=SECRET)
    house.engine.flows["plant"].stations["keep"].node.context.log.error("cannot log in with %s", SECRET)
    assert str(house.engine.rtdb.get("c2").value) == SECRET  # type: ignore[union-attr]
    alarms = await until(lambda: items(house, "alarms"))
    [*letters] = await until(lambda: items(house, "dead-letters"))
    paths = [
        "flows", "flows/plant", "flows/plant/diff", "flows/plant/revisions", "flows/plant/revisions/1", "node-types",
        "palette",
        "values", "values?search=c", "trends?key=c2", "alarms", f"alarms/history?alarm={alarms[0]['id']}", "engine",
        "dead-letters", *(f"dead-letters/{letter['id']}" for letter in letters), "log", "pages", "audit",
        "users", "tokens", "openapi.json", "session",
    ]  # fmt: skip
    for path in paths:
        found = await house.call("GET", path)
        assert found.status == 200, path
        assert SECRET.encode() not in found.raw, path
    assert "•••" in (await house.call("GET", "values")).raw.decode()
    bad = await house.call(
        "POST", "flows/plant/check", {"text": (await house.text())[0].replace("type: log", "type: ${secret:key}")}
    )
    assert SECRET.encode() not in bad.raw


async def test_a_secret_is_in_no_frame(secretive: House) -> None:
    from tests.web_editor.live.test_socket import watching

    house = secretive
    async with watching(house, "admin") as client:
        for id, topic in enumerate(("values", "alarms", "log", "problems", "flows", "engine")):
            await client.subscribe(id, topic)
        await client.subscribe(9, "messages", flow="plant")
        await client.next("snapshot", 9)
        await house.give("keep", {"key": "c3", "value": f"pre{SECRET}post", "n": 9}, topic=SECRET)
        [message, *_] = (await client.next("delta", 9))["messages"]
        assert message["payload"]["value"] == "pre•••post" and message["topic"] == "•••"
        client.waiting.clear()
        house.engine.flows["plant"].stations["keep"].node.context.log.error("cannot log in with %s", SECRET)
        lines = (await client.next("delta", 2))["lines"]
        assert lines[-1]["message"] == "cannot log in with •••"


async def items(house: House, path: str) -> Any:
    return (await house.call("GET", path)).json["items"]


async def test_a_point_of_any_kind_can_be_shown(house: House) -> None:
    odd = {"big": 10**40, "bytes": b"\xff", "nan": float("nan"), "half": "\ud800", "deep": [[[[[1]]]]], 5: "number"}
    house.engine.rtdb.put([("odd", Point(odd, 1, 1))])
    [found] = (await house.call("GET", "values?search=odd")).json["items"]
    assert found["value"]["big"] == str(10**40) and found["value"]["nan"] is None and found["value"]["5"] == "number"
