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
    menu.get_by_role("menuitem", name="Do not run it").press("Enter")
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
    etag = plant.call("GET", "flows/blank")["etag"]
    note = {"op": "set", "path": ["nodes", "tick", "note"], "value": "every second"}
    plant.call("PATCH", "flows/blank", {"operations": [note]}, If_Match=etag)
    expect(page.locator(".note")).to_have_text("every second")
    check_axe(page)
    nodes = settled(page, plant, "blank")["nodes"]
    assert {node["area"] for node in nodes.values()} == {"Drying"}
