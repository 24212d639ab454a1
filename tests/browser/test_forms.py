"""Forms of settings that are more than one word, and what they write into the text."""

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("shapes",)


def select(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def nodes_of(page: Page, plant: Plant) -> dict[str, dict[str, object]]:
    """The nodes as the engine has them once it has taken every edit."""
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
    nodes = yaml.safe_load(plant.call("GET", "flows/shapes")["text"])["nodes"]
    assert isinstance(nodes, dict)
    return nodes


def test_choices_are_added_in_an_order_and_taken_away_again(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/shapes")
    select(page, "read")
    first, second = page.get_by_label("Format", exact=True), page.get_by_label("Format, number 2")
    expect(first).to_have_value("msgpack")
    second.select_option("cbor")
    expect(page.get_by_label("Format, number 3")).to_be_visible()
    check_axe(page)
    assert nodes_of(page, plant)["read"]["format"] == ["msgpack", "cbor"]
    first.select_option("– remove –")
    expect(first).to_have_value("cbor")
    assert nodes_of(page, plant)["read"]["format"] == "cbor"


def test_groups_are_added_by_name_or_one_after_the_other(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/shapes")
    select(page, "made")
    signals = page.get_by_role("group", name="Signals")
    signals.get_by_label("New name").fill("level")
    signals.get_by_role("button", name="Add", exact=True).click()
    level = page.get_by_role("group", name="level", exact=True)
    level.get_by_label("Middle of the signal").fill("50")
    level.get_by_label("Middle of the signal").press("Enter")
    check_axe(page)
    assert nodes_of(page, plant)["made"]["signals"] == {"temp": {"offset": 10}, "level": {"offset": 50}}
    page.get_by_role("button", name="Remove temp").click()
    expect(page.get_by_role("group", name="temp", exact=True)).to_have_count(0)
    assert nodes_of(page, plant)["made"]["signals"] == {"level": {"offset": 50}}

    select(page, "record")
    page.get_by_role("group", name="Fields").get_by_role("button", name="Add", exact=True).click()
    second = page.get_by_role("group", name="2", exact=True)
    second.get_by_label("Name").fill("t")
    second.get_by_label("Name").press("Enter")
    second.get_by_label("Type").select_option("i16")
    expect(page.get_by_role("group", name="3", exact=True)).to_have_count(0)
    assert nodes_of(page, plant)["record"]["fields"] == [{"name": "id", "type": "u8"}, {"name": "t", "type": "i16"}]


def test_a_line_alone_is_a_number_and_several_are_names(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/shapes")
    select(page, "made")
    devices = page.get_by_label("Names or number of devices")
    expect(devices).to_have_value("2")
    devices.fill("c1\nc2")
    devices.blur()
    assert nodes_of(page, plant)["made"]["devices"] == ["c1", "c2"]
    devices.fill("3")
    devices.blur()
    assert nodes_of(page, plant)["made"]["devices"] == 3


def test_a_value_that_can_be_no_other_is_shown_and_sent(open_page: Open, plant: Plant) -> None:
    page = open_page("/page/shapes/shapes", "operator")
    form = page.get_by_role("region", name="Order", exact=True)
    expect(form.get_by_label("Kind")).to_have_text("pump")
    form.get_by_label("Speed").fill("fast")
    form.get_by_label("Speed").press("Tab")
    expect(form.get_by_role("button", name="Order")).to_be_disabled()  # it would be sent without what stands there
    form.get_by_label("Speed").fill("7")
    form.get_by_label("Speed").press("Enter")
    check_axe(page)
    form.get_by_role("button", name="Order").click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Sent: Order")
    expect(form.get_by_label("Speed")).to_have_value("")
    expect(form.locator("[aria-invalid=true]")).to_have_count(0)


def test_a_node_gets_a_spool_and_a_key_of_repetitions(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/shapes")
    select(page, "read")
    page.get_by_text("What every node may have").click()
    spool = page.get_by_role("group", name="Spool on disk", exact=True).first
    spool.get_by_role("combobox").first.select_option("settings")
    spool.get_by_label("Most disk space").fill("64MiB")
    spool.get_by_label("Most disk space").press("Enter")
    key = page.get_by_role("group", name="Drop repetitions").get_by_label("What repetitions share")
    key.fill("{payload.id}")
    key.press("Enter")
    check_axe(page)
    read = nodes_of(page, plant)["read"]
    assert read["durable"] == {"max": "64MiB"}
    assert read["dedupe"] == {"key": "{payload.id}"}
    select(page, "made")
    page.get_by_text("What every node may have").click()
    expect(page.get_by_label("Note")).to_be_visible()
    expect(page.get_by_role("group", name="Spool on disk", exact=True)).to_have_count(0)  # nothing waits here


def test_a_script_tells_its_faults_by_line_and_what_it_gives_while_it_is_typed(open_page: Open) -> None:
    page = open_page("/flow/shapes")
    select(page, "formula")
    code = page.get_by_role("textbox", name="Code")
    code.fill("x = 1\nimport os")
    expect(page.get_by_role("alert").filter(has_text="Line 2, column 1")).to_be_visible()
    code.fill('send("warm", payload.c)\nstate.n = 1\npayload.f = payload.c * 1.8 + 32')
    given = page.get_by_role("status").filter(has_text="For the last message before this node it gives")
    expect(given).to_contain_text('warm 20out {"c":20,"f":68}state {"n":1}')
    expect(page.get_by_role("alert")).to_have_count(0)
    check_axe(page)
    code.fill('if payload.c > 10:\n    reject("too warm")')
    expect(given).to_contain_text("a reject, line 2: too warm")
