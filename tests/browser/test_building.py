"""Building by hand: the menu of the canvas, areas and remarks, and a page beside its live values."""

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank", "tank")


def settled(page: Page, plant: Plant, flow: str) -> dict[str, dict[str, dict[str, object]]]:
    """The flow as the engine has it once it has taken every edit."""
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
    data: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(plant.call("GET", f"flows/{flow}")["text"])
    return data


def test_the_menu_offers_what_can_be_done_by_mouse_and_by_key(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/blank")
    tick = page.locator('.react-flow__node[data-id="tick"]')
    tick.click(button="right")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    check_axe(page)
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    tick.focus()
    page.keyboard.press("Shift+F10")
    menu.get_by_role("menuitem", name="Turn off").press("Enter")
    expect(menu).to_have_count(0)
    assert settled(page, plant, "blank")["nodes"]["tick"]["disabled"] is True


def test_an_area_is_drawn_around_its_nodes_and_a_remark_below_its_own(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/blank")
    expect(page.locator('.react-flow__node[data-id="tick"]')).to_be_visible()
    page.get_by_role("application", name="Flow diagram").focus()
    page.keyboard.press("Control+a")
    page.get_by_label("Area").fill("Drying")
    page.get_by_label("Area").press("Enter")
    expect(page.locator(".area")).to_have_text("Drying")
    settled(page, plant, "blank")  # drawn before the engine has it
    etag = plant.call("GET", "flows/blank")["etag"]
    note = {"op": "set", "path": ["nodes", "tick", "note"], "value": "every second"}
    plant.call("PATCH", "flows/blank", {"operations": [note]}, If_Match=etag)
    expect(page.locator(".note")).to_have_text("every second")
    check_axe(page)
    nodes = settled(page, plant, "blank")["nodes"]
    assert {node["area"] for node in nodes.values()} == {"Drying"}


def test_a_page_is_built_beside_its_live_values(open_page: Open, plant: Plant) -> None:
    plant.inject("tank", "latest", 42)
    page = open_page("/page/tank/tank")
    page.get_by_role("link", name="Build").click()
    fill = page.get_by_role("region", name="fill", exact=True)
    expect(fill).to_contain_text("42")
    page.get_by_label("Add a widget").select_option("state")
    page.get_by_role("textbox", name="Key", exact=True).fill("tank/level")
    page.get_by_role("textbox", name="Key", exact=True).press("Tab")
    grip = page.get_by_role("button", name="Move state")
    grip.press("ArrowDown")
    grip.press("Shift+ArrowLeft")  # before the first step is read back
    check_axe(page)
    before = settled(page, plant, "tank")["pages"]["tank"]["widgets"]["state"]  # type: ignore[index]
    assert before["key"] == "tank/level" and before["type"] == "state"
    _column, row, width, _height = before["grid"]
    assert (row, width) == (1, 2)

    handle = page.get_by_role("button", name="Move fill")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 8 + 2 * 68, steps=4)
    page.mouse.up()
    moved = settled(page, plant, "tank")["pages"]["tank"]["widgets"]["fill"]["grid"]  # type: ignore[index]
    assert moved[2:] == [3, 3]
    text = plant.call("GET", "flows/tank")["text"]
    assert text.startswith("# One point that is written only when a test says so")  # every other byte stays

    page.get_by_role("button", name="Deploy", exact=True).last.click()
    page.get_by_role("dialog").get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_role("link", name="Look at it").click()
    expect(page.locator(".widgets.grid")).to_be_visible()
    check_axe(page)


def test_a_gauge_is_an_arc_with_its_limits_and_a_wall_shows_one_page_after_the_other(
    open_page: Open, plant: Plant
) -> None:
    flow = plant.call("GET", "flows/tank")
    text = flow["text"].replace("max: 100", "max: 100, warn: 60, error: 80, look: arc", 1)
    text += "  second: {title: Second, widgets: {level: {type: value, key: tank/level}}}\n"
    etag = plant.call("PUT", "flows/tank", {"text": text}, If_Match=flow["etag"])["etag"]
    plant.call("POST", "flows/tank/deploy", {}, If_Match=etag)
    plant.inject("tank", "latest", 70)
    page = open_page("/page/tank/tank", "operator")
    fill = page.get_by_role("meter", name="Fill")
    expect(fill).to_have_attribute("aria-valuenow", "70")
    expect(fill.locator(".zone")).to_have_count(3)
    expect(fill.locator(".now")).to_have_attribute("data-state", "2")
    check_axe(page)
    page.goto(f"{plant.url}/page/tank/tank?cycle=5")
    expect(page.get_by_role("heading", name="Second", exact=True)).to_be_visible()
    page.get_by_label("What follows").select_option("")
    page.get_by_role("button", name="Full screen").click()
    expect(page.get_by_role("banner")).to_be_hidden()
    page.get_by_role("button", name="Full screen").click()
    expect(page.get_by_role("banner")).to_be_visible()


def test_nodes_become_a_subflow_and_its_instance_becomes_them_again(open_page: Open, plant: Plant) -> None:
    text = (
        "flow: parts\nnodes:\n  tick: {type: inject, every: 1h, to: few}\n"
        "  few: {type: filter, where: payload > 1, to: said}  # not many\n  said: {type: log}\n"
    )
    plant.call("PUT", "flows/parts", {"text": text}, If_None_Match="*")
    page = open_page("/flow/parts")
    node = page.locator(".react-flow__node")
    few = page.locator('.react-flow__node[data-id="few"]')
    few.click(button="right")
    page.get_by_role("menu").get_by_role("menuitem", name="Make a subflow").click()
    check_axe(page)
    page.get_by_role("textbox", name="Name of the subflow").fill("handful")
    page.keyboard.press("Enter")
    handful = page.locator('.react-flow__node[data-id="handful"]')
    expect(handful).to_be_focused()
    expect(node).to_have_count(3)
    assert "handful: {type: handful, to: said}" in plant.call("GET", "flows/parts")["text"]
    expect(page.locator(".palette-item").filter(has_text="Handful")).to_be_visible()

    page.keyboard.press("Shift+S")
    expect(few).to_be_focused()
    assert "to: said}  # not many\n" in plant.call("GET", "flows/parts")["text"]
    page.keyboard.press("Control+z")
    expect(handful).to_be_visible()
    page.keyboard.press("Control+z")
    expect(few).to_be_visible()
    settled(page, plant, "parts")
    assert plant.call("GET", "flows/parts")["text"] == text
    expect(page.locator(".palette-item").filter(has_text="Handful")).to_have_count(0)
    assert not plant.file("handful").exists()
    page.keyboard.press("Control+y")
    expect(handful).to_be_visible()
    expect(page.locator(".palette-item").filter(has_text="Handful")).to_be_visible()
    assert plant.file("handful").exists()
