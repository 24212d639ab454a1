"""Trying a connection of a text, through the API."""

from tests.servers.ports import next_free_port
from tests.web_editor.conftest import House

TEXT = """flow: more
connections:
  store: {{type: sql, url: 'sqlite:///history.db'}}
  broker: {{type: mqtt, url: 'mqtt://127.0.0.1:{port}', password: '${{secret:key}}'}}
  wrong: {{type: mqtt, keepalive: soon}}
nodes:
  tick: {{type: inject, every: 1h, to: out}}
  out: {{type: log}}
"""


async def test_a_connection_is_tried_as_it_stands_in_the_draft(house: House) -> None:
    port = next_free_port()
    await house.call("PUT", "flows/more", {"text": TEXT.format(port=port)}, If_None_Match="*")
    found = await house.call("POST", "flows/more/connections/store/try", {}, "integrator")
    assert found.json["answered"] and found.json["facts"]["server"].startswith("SQLite")
    away = await house.call("POST", "flows/more/connections/broker/try", {}, "integrator")
    assert away.json["reason"] == f"nothing listens at 127.0.0.1:{port}"
    assert (await house.call("POST", "flows/more/connections/wrong/try", {}, "integrator")).problem == "invalid-flow"
    assert (await house.call("POST", "flows/more/connections/none/try", {}, "integrator")).status == 404
    assert (await house.call("POST", "flows/more/connections/store/try", {}, "operator")).status == 403
