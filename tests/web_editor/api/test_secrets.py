"""Secrets through the API: written once, never shown, known with who and when, and used by the flow that names one."""

import json

from tests.web_editor.conftest import House

VALUE = "correct horse battery staple"


async def test_a_secret_is_written_audited_used_and_never_shown(house: House) -> None:
    tick = "tick: {type: inject, every: 1h, payload: '${secret:tsdb}', to: out}"
    text = f"flow: more\nnodes:\n  {tick}\n  out: {{type: log}}\n"
    made = await house.call("PUT", "flows/more", {"text": text}, If_None_Match="*")
    assert "secret 'tsdb' is not defined" in made.json["diagnostics"][0]["message"]
    missing = (await house.call("GET", "secrets", role="integrator")).json["items"]
    assert {"name": "tsdb", "source": "missing", "used_by": ["more"]}.items() <= next(
        row for row in missing if row["name"] == "tsdb"
    ).items()

    put = await house.call("PUT", "secrets/tsdb", {"value": VALUE}, "integrator")
    assert put.status == 200 and put.json["source"] == "kept" and put.json["by"] == "token:integrator"
    rows = (await house.call("GET", "secrets", role="integrator")).raw + put.raw
    assert b"horse" not in rows
    assert (await house.call("GET", "flows/more")).json["diagnostics"] == []
    newest = (await house.done_by("integrator"))[0]
    assert (newest["action"], newest["subject"]) == ("set secret", "tsdb")

    done = await house.call("POST", "flows/more/deploy", {}, If_Match=made.headers["ETag"])
    assert done.status == 200, done.json
    assert (await house.call("DELETE", "secrets/tsdb", role="integrator")).status == 204
    assert (await house.call("DELETE", "secrets/tsdb", role="integrator")).status == 404
    assert VALUE not in json.dumps((await house.call("GET", "audit")).json)


async def test_what_the_owner_gives_and_names_that_are_none_are_refused(house: House) -> None:
    assert (await house.call("PUT", "secrets/key", {"value": VALUE}, "integrator")).problem == "exists"
    assert (await house.call("PUT", "secrets/1st", {"value": VALUE}, "integrator")).json["field"] == "name"
    assert (await house.call("PUT", "secrets/tsdb", {"value": " "}, "integrator")).json["field"] == "value"
    for role in ("viewer", "operator"):
        assert (await house.call("GET", "secrets", role=role)).status == 403
        assert (await house.call("PUT", "secrets/tsdb", {"value": VALUE}, role)).status == 403
