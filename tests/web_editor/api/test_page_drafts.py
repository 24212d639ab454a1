"""Pages of a text that is not deployed, and the widgets that may stand on one."""

from tests.web_editor.conftest import House

TEXT = """flow: more
pages:
  hall:
    widgets:
      good: {type: image, source: /favicon.svg, values: {a/b: [50, 50]}, grid: [0, 0, 6, 4]}
      wide: {type: value, key: a/b, grid: [10, 0, 3, 2]}
      away: {type: link, to: 'javascript:alert(1)'}
      curve: {type: trend, keys: [a/t], words: {t: air}}
      order: {type: form, to: out, fields: {to: {type: string, enum: ["ON"], key: a/to, words: {"ON": start}}}}
      wrong: {type: form, to: out, fields: {to: {type: string, enum: ["ON"], words: start}}}
nodes:
  tick: {type: inject, every: 1h, to: out}
  out: {type: log}
"""


async def test_a_page_of_a_draft_tells_each_widget_and_its_fault(house: House) -> None:
    await house.call("PUT", "flows/more", {"text": TEXT}, If_None_Match="*")
    found = (await house.call("GET", "flows/more/drafts/hall", role="integrator")).json
    good, wide, away, curve, order, wrong = found["widgets"]
    assert good["shown"]["grid"] == [0, 0, 6, 4] and good["shown"]["values"] == {"a/b": [50, 50]}
    assert wide["shown"] is None and "beyond 12 columns" in wide["fault"]
    assert away["shown"] is None and "to" in away["fault"]
    assert curve["shown"]["words"] == {"t": "air"}
    field = order["shown"]["schema"]["properties"]["to"]
    assert (field["x-words"], field["x-key"]) == ({"ON": "start"}, "a/to")
    assert wrong["shown"] is None and "a map from values to words" in wrong["fault"]
    assert (await house.call("GET", "flows/more/drafts/none", role="integrator")).status == 404
    assert (await house.call("GET", "flows/more/drafts/hall", role="operator")).status == 403


async def test_every_kind_of_widget_has_a_schema_for_its_form(house: House) -> None:
    kinds = {each["type"]: each for each in (await house.call("GET", "widget-types", role="integrator")).json["items"]}
    assert {"value", "gauge", "trend", "state", "switch", "button", "setpoint", "form", "table", "alarms", "image",
            "text", "link"} == set(kinds)  # fmt: skip
    assert kinds["gauge"]["schema"]["required"] == ["key"] and "grid" not in kinds["gauge"]["schema"]["properties"]
