"""On a phone a flow is built from the list of its nodes: forms, new nodes, wires, the text and the deploy."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank",)
PHONE = {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True}


def check_fits(page: Page) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    out = page.evaluate("""() => [...document.querySelectorAll("dialog button, dialog input, .screen-head button")]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > 390 && !each.closest(".tabs"))
        .map((each) => each.textContent)""")
    assert out == []


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog", name="To be edited")


def test_a_setting_is_changed_validated_and_deployed_on_a_phone(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/blank", **PHONE)
    page.get_by_role("treeitem").filter(has_text="some").tap()
    where = sheet(page).get_by_label("Passes when")
    where.fill("payload.n >")
    where.press("Tab")
    expect(sheet(page).locator(".state[data-state='3']").first).to_be_visible()
    check_fits(page)
    check_axe(page)
    where.fill("payload.n > 7")
    where.press("Tab")
    expect(sheet(page).locator(".state[data-state='3']")).to_have_count(0)
    sheet(page).get_by_role("button", name="Close").tap()
    page.get_by_role("button", name="Deploy").tap()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".diff .added")).to_contain_text("payload.n > 7")
    check_fits(page)
    dialog.get_by_role("button", name="Deploy", exact=True).tap()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Deployed as")
    assert "payload.n > 7" in plant.file("blank").read_text()
    page.get_by_role("treeitem").filter(has_text="tick").tap()
    sheet(page).get_by_role("button", name="Tap").tap()
    expect(page.get_by_role("heading", name="Messages", level=1)).to_be_visible()
    expect(page.locator(".message").first).to_be_visible()


def test_a_node_is_added_wired_renamed_and_deleted_on_a_phone(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/blank", **PHONE)
    page.get_by_role("treeitem").filter(has_text="some").tap()
    sheet(page).get_by_role("button", name="Close").tap()
    page.get_by_role("button", name="Add a node").tap()
    page.get_by_role("dialog").get_by_role("combobox").fill("filter")
    page.get_by_role("dialog").get_by_role("option").first.tap()
    expect(sheet(page)).to_be_visible()
    added = sheet(page).locator("h2 + .muted code").first
    expect(added).to_have_text("filter")
    sheet(page).get_by_role("button", name="Rename").tap()
    asked = page.get_by_role("dialog", name="Rename:").get_by_role("textbox")
    asked.fill("calm")
    asked.press("Enter")
    expect(added).to_have_text("calm")
    check_fits(page)
    sheet(page).get_by_role("tab", name="YAML").tap()
    expect(sheet(page).locator(".cm-content")).to_contain_text("calm:")
    sheet(page).get_by_role("tab", name="Properties").tap()
    sheet(page).get_by_role("button", name="Delete").first.tap()
    expect(sheet(page)).to_have_count(0)
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_role("treeitem").filter(has_text="calm")).to_be_visible()
    assert "calm:" in plant.call("GET", "flows/blank")["text"]


def test_a_phone_of_a_viewer_offers_no_edit(open_page: Open) -> None:
    page = open_page("/flow/blank", "viewer", **PHONE)
    page.get_by_role("treeitem").filter(has_text="some").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("Passes when")).to_have_count(0)
    expect(page.get_by_role("button", name="Deploy")).to_have_count(0)
