"""Texts, drafts, deploys, revisions, through the API."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from unittest import mock

import pytest

from flowengine.catalog.flow_file import FLOW_NAME_RULE
from flowengine.flow.document import Document
from tests.waiting import until
from tests.web_editor.conftest import FLOW, SECRET, House, close_house, open_house, settle_in
from web_editor.monitor.alarm_schemas import Alarm
from web_editor.monitor.alarm_service import alarm_id
from web_editor.workspace.flow_sources import FlowSources


async def test_a_flow_is_shown_with_its_drawing(house: House) -> None:
    found = await house.call("GET", "flows/plant", role="viewer")
    flow = found.json
    assert flow["text"] == FLOW and flow["diagnostics"] == [] and not flow["dirty"] and flow["running"]
    assert found.headers["ETag"] == flow["etag"]
    hot = next(node for node in flow["graph"]["nodes"] if node["id"] == "hot")
    assert hot["ports"][:2] == ["out", "journal"] and hot["input"] and hot["known"]
    assert hot["config"]["when"] == "payload.value > ${limit}"
    assert hot["range"] == {"start": {"line": 16, "column": 1}, "end": {"line": 24, "column": 1}}
    assert "keep:out>hot" in [wire["id"] for wire in flow["graph"]["wires"]]
    assert "out:error>dead" in [wire["id"] for wire in flow["graph"]["wires"]]
    assert flow["graph"]["pages"] == ["hall"]


async def test_a_known_text_is_not_sent_again(house: House) -> None:
    _, etag = await house.text()
    assert (await house.call("GET", "flows/plant", If_None_Match=etag)).status == 304


async def test_an_edit_makes_a_draft_that_does_not_run_and_leaves_the_file(house: House) -> None:
    _, etag = await house.text()
    operations = [{"op": "set", "path": ["vars", "limit"], "value": 9}]
    done = await house.call("PATCH", "flows/plant", {"operations": operations}, "integrator", If_Match=etag)
    assert done.status == 200 and done.json["dirty"] and done.json["text"] == FLOW.replace("limit: 8", "limit: 9")
    assert done.json["author"] == "token:integrator"
    assert (house.flows / "plant.yaml").read_text() == FLOW
    assert house.engine.flows["plant"].flow.nodes["hot"].options["when"] == "payload.value > 8"


async def test_a_deploy_writes_the_file_and_restarts_only_what_changed(house: House) -> None:
    text, etag = await house.text()
    keep = house.engine.flows["plant"].stations["keep"]
    put = await house.call("PUT", "flows/plant", {"text": text.replace("limit: 8", "limit: 9")}, If_Match=etag)
    diff = (await house.call("GET", "flows/plant/diff")).json
    assert diff["from"] == text and [each["node"] for each in diff["plan"]["restart"]] == ["hot"]
    done = await house.call("POST", "flows/plant/deploy", {"comment": "warmer"}, If_Match=put.headers["ETag"])
    assert done.status == 200 and [each["node"] for each in done.json["plan"]["restart"]] == ["hot"]
    assert "limit: 9" in (house.flows / "plant.yaml").read_text()
    assert house.engine.flows["plant"].flow.nodes["hot"].options["when"] == "payload.value > 9"
    assert house.engine.flows["plant"].stations["keep"].node is keep.node
    shown = (await house.call("GET", "flows/plant")).json
    assert not shown["dirty"] and shown["revision"] == done.json["revision"]
    first = (await house.call("GET", "flows/plant/revisions")).json["items"]
    assert [(r["author"], r["comment"], r["running"]) for r in first] == [
        ("token:admin", "warmer", True),
        ("", "", False),
    ]


async def test_a_flow_with_errors_is_not_deployed_and_the_file_stays(house: House) -> None:
    text, etag = await house.text()
    bad = text.replace("type: log", "type: lgo")
    put = await house.call("PUT", "flows/plant", {"text": bad}, If_Match=etag)
    [found] = [d for d in put.json["diagnostics"] if d["severity"] == "error"]
    assert found["code"] == "unknown-node-type" and found["node"] == "out" and found["path"] == ["nodes", "out", "type"]
    assert "did you mean log" in found["message"]
    done = await house.call("POST", "flows/plant/deploy", {}, If_Match=put.headers["ETag"])
    assert done.status == 422 and done.problem == "invalid-flow" and done.json["diagnostics"]
    assert (house.flows / "plant.yaml").read_text() == FLOW and "plant" in house.engine.flows


async def test_a_draft_that_is_no_yaml_is_kept_as_typed(house: House) -> None:
    _, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": "flow: plant\nnodes: {a: ["}, If_Match=etag)
    assert put.status == 200 and put.json["graph"] is None and put.json["errors"] == 1
    assert (await house.text())[0] == "flow: plant\nnodes: {a: ["


async def test_a_draft_survives_a_restart_of_the_editor(house: House, tmp_path: Path) -> None:
    from flowengine.store.revisions import Revisions

    text, etag = await house.text()
    await house.call("PUT", "flows/plant", {"text": text + "# later\n"}, If_Match=etag)
    again = Revisions(tmp_path / "data")
    assert again.drafts()["plant"].text == text + "# later\n"
    again.close()


async def test_changes_need_the_present_tag(house: House) -> None:
    text, etag = await house.text()
    for method, path, body in (
        ("PUT", "flows/plant", {"text": text}),
        ("PATCH", "flows/plant", {"operations": [{"op": "delete", "path": ["nodes", "hot"]}]}),
        ("DELETE", "flows/plant", None),
        ("POST", "flows/plant/deploy", {}),
        ("POST", "flows/plant/rollback", {"revision": "1"}),
        ("POST", "flows/plant/discard", {}),
    ):
        assert (await house.call(method, path, body)).problem == "if-match-required"
        stale = await house.call(method, path, body, If_Match='"old"')
        assert stale.status == 412 and stale.problem == "changed" and stale.json["etag"] == etag
    assert (await house.text()) == (text, etag)


async def test_two_edits_of_the_same_text_never_both_win(house: House) -> None:
    text, etag = await house.text()
    edits = [house.call("PUT", "flows/plant", {"text": f"{text}# {n}\n"}, If_Match=etag) for n in range(8)]
    answers = await asyncio.gather(*edits)
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7


async def test_a_move_needs_no_tag_and_changes_no_text(house: House) -> None:
    _, etag = await house.text()
    move = [{"op": "move", "node": "hot", "position": {"x": 40, "y": 2.4}}]
    done = await house.call("PATCH", "flows/plant", {"operations": move})
    assert done.status == 200 and done.headers["ETag"] == etag
    hot = next(node for node in done.json["graph"]["nodes"] if node["id"] == "hot")
    assert hot["position"] == {"x": 40, "y": 2}
    assert (house.flows / "plant.layout.yaml").exists()


async def test_an_id_that_is_taken_is_told(house: House) -> None:
    _, etag = await house.text()
    add = [{"op": "add", "path": ["nodes", "out"], "value": {"type": "log"}, "free": True}]
    done = await house.call("PATCH", "flows/plant", {"operations": add}, If_Match=etag)
    assert done.json["renamed"] == {"out": "out_2"}


async def test_an_edit_that_cannot_be_made_changes_nothing(house: House) -> None:
    text, etag = await house.text()
    bad = [{"op": "set", "path": ["vars", "limit"], "value": 1}, {"op": "delete", "path": ["nodes", "nobody"]}]
    done = await house.call("PATCH", "flows/plant", {"operations": bad}, If_Match=etag)
    assert done.problem == "refused" and done.json["detail"] and (await house.text()) == (text, etag)
    wrong = await house.call("PATCH", "flows/plant", {"operations": [{"op": "explode"}]}, If_Match=etag)
    assert wrong.problem == "bad-request" and wrong.json["field"] == "operations.0.op"


async def test_a_new_flow_is_created_once_and_runs_after_its_deploy(house: House) -> None:
    text = "flow: second\nnodes:\n  tick: {type: inject, every: 1h, to: out}\n  out: {type: log}\n"
    made = await house.call("PUT", "flows/second", {"text": text}, If_None_Match="*")
    assert made.status == 201 and not made.json["running"] and made.json["dirty"]
    again = await house.call("PUT", "flows/second", {"text": text}, If_None_Match="*")
    assert again.problem == "changed"
    done = await house.call("POST", "flows/second/deploy", {}, If_Match=made.headers["ETag"])
    assert done.status == 200 and "second" in house.engine.flows
    assert (house.flows / "second.yaml").read_text() == text


@pytest.mark.parametrize("id", ["A", "-rf", "_x", "a" * 65])
async def test_a_name_that_breaks_the_rule_is_refused_with_it(id: str, house: House) -> None:
    refused = await house.call("PUT", f"flows/{id}", {"text": "flow: second\n"}, If_None_Match="*")
    assert refused.problem == "bad-request" and FLOW_NAME_RULE in refused.json["detail"]


async def test_a_text_that_names_another_flow_is_not_deployed(house: House) -> None:
    text, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text.replace("flow: plant", "flow: other")}, If_Match=etag)
    assert [d["code"] for d in put.json["diagnostics"]] == ["bad-name"]
    assert (await house.call("POST", "flows/plant/deploy", {}, If_Match=put.headers["ETag"])).problem == "invalid-flow"


async def test_a_rollback_is_a_new_revision_with_the_old_text(house: House) -> None:
    text, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text.replace("limit: 8", "limit: 5")}, If_Match=etag)
    await house.call("POST", "flows/plant/deploy", {}, If_Match=put.headers["ETag"])
    revisions = (await house.call("GET", "flows/plant/revisions")).json["items"]
    oldest = revisions[-1]["revision"]
    assert (await house.call("GET", f"flows/plant/revisions/{oldest}")).json["text"] == FLOW
    _, etag = await house.text()
    done = await house.call("POST", "flows/plant/rollback", {"revision": oldest, "comment": "too cold"}, If_Match=etag)
    assert done.status == 200 and done.json["revision"] not in [r["revision"] for r in revisions]
    assert (house.flows / "plant.yaml").read_text() == FLOW
    assert house.engine.flows["plant"].flow.nodes["hot"].options["when"] == "payload.value > 8"
    diff = (await house.call("GET", f"flows/plant/diff?against={revisions[0]['revision']}")).json
    assert "limit: 5" in diff["from"] and diff["to"] == FLOW


async def test_a_deleted_flow_stops_and_keeps_its_revisions(house: House) -> None:
    _, etag = await house.text()
    assert (await house.call("DELETE", "flows/plant", If_Match=etag)).status == 204
    assert "plant" not in house.engine.flows and not (house.flows / "plant.yaml").exists()
    assert (await house.call("GET", "flows/plant")).problem == "not-found"
    assert len((await house.call("GET", "flows/plant/revisions")).json["items"]) == 1


async def test_a_file_changed_on_disk_is_the_text_at_once(house: House) -> None:
    (house.flows / "plant.yaml").write_text(FLOW + "# by hand\n")
    shown = (await house.call("GET", "flows/plant")).json
    assert shown["text"].endswith("# by hand\n") and shown["dirty"] and shown["author"] is None


async def test_a_file_changed_under_a_draft_is_merged_never_overwritten(house: House) -> None:
    text, etag = await house.text()
    mine = text.replace("priority: high", "priority: low")
    await house.call("PUT", "flows/plant", {"text": mine}, If_Match=etag)
    theirs = text.replace("limit: 8", "limit: 7")
    (house.flows / "plant.yaml").write_text(theirs)
    shown = (await house.call("GET", "flows/plant")).json
    assert shown["file_changed"] and shown["file_text"] == theirs and shown["text"] == mine
    deploy = await house.call("POST", "flows/plant/deploy", {}, If_Match=shown["etag"])
    assert deploy.status == 412 and (house.flows / "plant.yaml").read_text() == theirs


async def test_a_merge_takes_what_only_one_side_changed(house: House) -> None:
    text, etag = await house.text()
    theirs = text.replace("limit: 8", "limit: 7")
    await house.call("PUT", "flows/plant", {"text": theirs}, If_Match=etag)
    mine = text.replace("priority: high", "priority: low")
    found = (await house.call("POST", "flows/plant/merge", {"base": text, "mine": mine})).json
    assert found["clean"] and found["text"] == theirs.replace("priority: high", "priority: low")


async def test_a_merge_shows_what_both_sides_changed(house: House) -> None:
    text, etag = await house.text()
    theirs = text.replace("limit: 8", "limit: 7")
    await house.call("PUT", "flows/plant", {"text": theirs}, If_Match=etag)
    mine = text.replace("limit: 8", "limit: 6")
    found = (await house.call("POST", "flows/plant/merge", {"base": text, "mine": mine})).json
    assert not found["clean"] and found["text"] == theirs
    [conflict] = found["conflicts"]
    sides = {"base": "limit: 8\n", "mine": "limit: 6\n", "theirs": "limit: 7\n"}
    assert conflict == {"path": ["vars", "limit"], **sides, "value": 6}


async def test_a_discarded_draft_is_gone(house: House) -> None:
    text, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text + "# x\n"}, If_Match=etag)
    done = await house.call("POST", "flows/plant/discard", {}, If_Match=put.headers["ETag"])
    assert done.json["text"] == text and not done.json["dirty"]


async def test_a_text_is_checked_without_being_kept(house: House) -> None:
    found = await house.call("POST", "flows/plant/check", {"text": FLOW.replace("to: keep", "to: kep")}, "viewer")
    assert [d["code"] for d in found.json["diagnostics"] if d["severity"] == "error"] == ["unknown-node"]
    assert found.json["graph"]["nodes"]
    assert (await house.text())[0] == FLOW
    fresh = await house.call("POST", "flows/brand_new/check", {"text": "flow: brand_new\n"})
    assert fresh.status == 200 and fresh.json["graph"] is None


async def test_windows_line_ends_stay(house: House) -> None:
    text = FLOW.replace("\n", "\r\n")
    _, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text}, If_Match=etag)
    operations = [{"op": "set", "path": ["vars", "limit"], "value": 9}]
    done = await house.call("PATCH", "flows/plant", {"operations": operations}, If_Match=put.headers["ETag"])
    assert done.json["text"] == text.replace("limit: 8", "limit: 9")
    await house.call("POST", "flows/plant/deploy", {}, If_Match=done.headers["ETag"])
    assert (house.flows / "plant.yaml").read_bytes().decode() == text.replace("limit: 8", "limit: 9")


async def test_a_subflow_is_shown_and_its_change_reaches_who_uses_it(house: House) -> None:
    sub = (
        "flow: press\nvars: {at: 1}\ninputs: first\noutputs: first\nnodes:\n"
        + "  first:\n    type: filter\n    where: payload.value > ${at}\n"
    )
    (house.flows / "press.yaml").write_text(sub)
    text = FLOW.replace("to: [hot, out]", "to: [hot, out, squeeze]")
    text = text.replace(
        "  dead: {type: dead_letter}\n", "  dead: {type: dead_letter}\n  squeeze: {type: press, to: out}\n"
    )
    _, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text}, If_Match=etag)
    node = next(n for n in put.json["graph"]["nodes"] if n["id"] == "squeeze")
    assert node["subflow"] == "press" and node["ports"] == ["out"] and node["input"]
    deployed = await house.call("POST", "flows/plant/deploy", {}, If_Match=put.headers["ETag"])
    assert deployed.status == 200, deployed.raw
    assert house.engine.flows["plant"].flow.nodes["squeeze.first"].options["where"] == "payload.value > 1"
    shown = (await house.call("GET", "flows/press")).json
    assert shown["graph"]["inputs"] == ["in"] and not shown["dirty"]
    put = await house.call("PUT", "flows/press", {"text": sub.replace("at: 1", "at: 2")}, If_Match=shown["etag"])
    done = await house.call("POST", "flows/press/deploy", {}, If_Match=put.headers["ETag"])
    assert done.status == 200, done.raw
    assert house.engine.flows["plant"].flow.nodes["squeeze.first"].options["where"] == "payload.value > 2"


async def test_what_rolling_back_would_do_is_shown_before(house: House) -> None:
    text, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text.replace("limit: 8", "limit: 9")}, If_Match=etag)
    await house.call("POST", "flows/plant/deploy", {}, If_Match=put.headers["ETag"])
    revisions = (await house.call("GET", "flows/plant/revisions")).json["items"]
    old, now = revisions[-1]["revision"], revisions[0]["revision"]
    back = (await house.call("GET", f"flows/plant/diff?to={old}", role="viewer")).json
    assert "limit: 9" in back["from"] and "limit: 8" in back["to"]
    assert [each["node"] for each in back["plan"]["restart"]] == ["hot"]
    both = (await house.call("GET", f"flows/plant/diff?against={old}&to={now}")).json
    assert "limit: 8" in both["from"] and "limit: 9" in both["to"]
    assert (await house.call("GET", "flows/plant/diff?to=999")).problem == "not-found"


OPENED = Counter[str]()
sys.addaudithook(lambda event, about: OPENED.update([str(about[0])]) if event == "open" else None)


async def test_a_deploy_reads_and_checks_the_text_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    text, etag = await house.text()
    text = text.replace("limit: 8", "limit: 9")
    put = await house.call("PUT", "flows/plant", {"text": text}, If_Match=etag)
    parse = mock.Mock(side_effect=Document.parse)
    load = mock.Mock(side_effect=house.engine.load)
    monkeypatch.setattr(Document, "parse", parse)
    monkeypatch.setattr(house.engine, "load", load)
    OPENED.clear()
    done = await house.call("POST", "flows/plant/deploy", {"comment": "why"}, If_Match=put.headers["ETag"])
    monkeypatch.undo()
    # What stood there is read once, so that it can be put back; what is written is not read at all.
    assert OPENED[str(house.flows / "plant.yaml")] == 1
    assert [call.args[0] for call in parse.call_args_list].count(text) == load.call_count == 1
    revision = (await house.call("GET", "flows/plant/revisions")).json["items"][0]
    assert (revision["revision"], revision["author"], revision["comment"]) == (
        done.json["revision"],
        "token:admin",
        "why",
    )
    assert "limit: 9" in (house.flows / "plant.yaml").read_text()


async def test_a_deploy_that_cannot_start_puts_the_file_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    text, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text.replace("limit: 8", "limit: 9")}, If_Match=etag)

    async def broken(loaded: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(house.engine, "deploy", broken)
    done = await house.call("POST", "flows/plant/deploy", {}, If_Match=put.headers["ETag"])
    assert done.problem == "refused" and "no memory" in done.json["detail"]
    assert (house.flows / "plant.yaml").read_text() == FLOW
    assert (await house.call("GET", "flows/plant")).json["text"] == text.replace("limit: 8", "limit: 9")


async def test_everything_that_changes_a_flow_is_audited(house: House) -> None:
    text, etag = await house.text()
    put = await house.call("PUT", "flows/plant", {"text": text + "# x\n"}, "integrator", If_Match=etag)
    await house.call("POST", "flows/plant/deploy", {"comment": "why"}, "integrator", If_Match=put.headers["ETag"])

    async def lines() -> object:
        items = await house.done_by("integrator")
        return [(line["action"], line["subject"], line["detail"]) for line in items]

    assert await until(lines) == [("deploy", "plant", "revision 2. why")]


@pytest.fixture
async def secretive(tmp_path: Path) -> AsyncIterator[House]:
    found = await open_house(tmp_path, environment={"FLOWENGINE_SECRET_PW": SECRET, "SITE_KEY": "hall-of-mirrors-42"})
    settle_in(found)
    yield found
    await close_house(found)


PROBING = """flow: plant
vars: {mine: "${SITE_KEY}"}
connections: {b: {type: "${secret:pw}", url: "${SITE_KEY}"}}
nodes:
  a: {type: template, template: "{payload:${secret:pw}}", to: b}
  b: {type: filter, where: "payload == ${secret:pw} x", to: "${mine}"}
  c: {type: inject, every: "${FLOWENGINE_SECRET_PW}", payload: 1}
  d: {type: "${SITE_KEY}"}
pages: {p: {title: x, widgets: {w: {type: gauge, key: k, min: "${secret:pw}"}}}}
"""


@pytest.mark.parametrize("role", ["viewer", "operator", "integrator", "admin"])
async def test_no_check_tells_a_secret_or_the_environment(secretive: House, role: str) -> None:
    found = await secretive.call("POST", "flows/plant/check", {"text": PROBING}, role=role)
    assert found.status == 200 and found.json["diagnostics"]
    for hidden in (SECRET, "hall-of-mirrors-42"):
        assert hidden not in found.raw.decode()
    asked = {"source": "payload == ${secret:pw} x", "kind": "expression"}
    assert SECRET not in (await secretive.call("POST", "expressions/check", asked, role=role)).raw.decode()


async def test_only_those_who_may_deploy_hear_whether_a_secret_exists(secretive: House) -> None:
    text = PROBING.replace("secret:pw", "secret:nobody")
    said = {}
    for role in ("viewer", "integrator"):
        found = await secretive.call("POST", "flows/plant/check", {"text": text}, role=role)
        said[role] = "nobody' is not defined" in found.raw.decode()
    assert said == {"viewer": False, "integrator": True}


async def test_a_text_that_multiplies_costs_its_sender_an_answer_and_nobody_else_anything(house: House) -> None:
    rows = "\n".join(f"  v{n}: '{f'${{v{n - 1}}}' * 10}'" for n in range(1, 10))
    text = f"flow: plant\nvars:\n  v0: xxxxxxxxxx\n{rows}\nnodes:\n  a: {{type: log, title: '${{v9}}'}}\n"
    found = await house.call("POST", "flows/plant/check", {"text": text}, role="viewer")
    assert "references make more than" in found.raw.decode()


async def test_a_person_has_few_checks_in_line(house: House) -> None:
    text = "flow: plant\nnodes:\n" + "".join(f"  n{n}: {{type: lgo, to: x{n}}}\n" for n in range(1500))
    asked = [house.call("POST", "flows/plant/check", {"text": f"{text}# {n}\n"}, role="viewer") for n in range(8)]
    found = await asyncio.gather(*asked)
    assert {answer.status for answer in found} == {200, 429}
    assert (await house.call("POST", "flows/plant/check", {"text": FLOW}, role="operator")).status == 200


async def test_a_running_node_that_is_renamed_keeps_its_alarms_and_says_what_it_was(house: House) -> None:
    _, etag = await house.text()
    alarms = house.services.alarms
    old = alarm_id("plant", "hot", "c1")
    alarms.records[old] = Alarm(old, "plant", "hot", "c1", "hot")
    alarms.add_event(alarms.records[old], "acknowledged", "ann", "seen", 1)
    await alarms.save()
    operations = [{"op": "rename", "path": ["nodes", "hot"], "to": "warm"}]
    done = await house.call("PATCH", "flows/plant", {"operations": operations}, "integrator", If_Match=etag)
    assert done.status == 200 and "was: hot" in done.json["text"]
    plan = (await house.call("GET", "flows/plant/diff")).json["plan"]
    assert (plan["add"], plan["remove"]) == ([], [])
    assert {"node": "warm", "why": "renamed, was hot", "gives_up": None} in plan["restart"]
    deployed = await house.call("POST", "flows/plant/deploy", {"comment": ""}, If_Match=done.headers["ETag"])
    assert deployed.status == 200
    new = alarm_id("plant", "warm", "c1")
    async with asyncio.timeout(60):
        while new not in alarms.records or old in alarms.records:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.02)
    await alarms.save()
    assert [(event.alarm, event.by) for event in alarms.journal.events(9, alarm=new)][-1] == (new, "ann")
    assert alarms.journal.events(9, alarm=old) == []


async def test_the_nodes_of_all_flows_are_listed_for_a_search_and_flows_say_their_folder(house: House) -> None:
    nodes = "  slow: {type: delay, by: 1s, disabled: true, to: nowhere}\n"
    text = f"flow: other\nfolder: ' Hall 2 / Cooling/'\nnodes:\n{nodes}"
    made = await house.call("PUT", "flows/other", {"text": text}, If_None_Match="*")
    assert made.json["folder"] == "Hall 2/Cooling"
    rows = (await house.call("GET", "nodes?limit=1000", role="viewer")).json["items"]
    slow = next(row for row in rows if row["flow"] == "other")
    assert (slow["id"], slow["type"], slow["disabled"], slow["fault"]) == ("slow", "delay", True, "error")
    hot = next(row for row in rows if (row["flow"], row["id"]) == ("plant", "hot"))
    assert "when: payload.value > ${limit}" in hot["text"] and hot["fault"] is None
    assert {row["folder"] for row in (await house.call("GET", "flows")).json["items"]} == {"", "Hall 2/Cooling"}


@pytest.mark.parametrize("listed", ["flows", "nodes"])
async def test_folders_and_drafts_are_read_once_for_all_flows(house: House, listed: str) -> None:
    for name in ("one", "two", "three"):
        text = f"flow: {name}\nnodes: {{a: {{type: inject, every: 1h, to: b}}, b: {{type: log}}}}\n"
        await house.call("PUT", f"flows/{name}", {"text": text}, If_None_Match="*")
    with mock.patch.object(FlowSources, "all", autospec=True, side_effect=FlowSources.all) as read:
        found = await house.call("GET", listed, role="viewer")
    assert {"one", "two", "three"} <= {each["flow" if listed == "nodes" else "id"] for each in found.json["items"]}
    assert read.call_count == 1
