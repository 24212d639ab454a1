"""Operator pages and who may press what; on a phone, in French, in the dark, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall",)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def test_an_operator_presses_buttons_and_every_press_is_audited(open_page: Open, plant: Plant) -> None:
    page = open_page("/pages", "operator")
    page.get_by_role("link", name="Cold store, hall 2").click()
    expect(page.locator(".widget", has_text="Air").locator(".reading")).to_contain_text("°C")
    expect(page.get_by_role("meter")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_role("row", name="c2/level")).to_contain_text("good")
    check_axe(page)
    page.get_by_role("button", name="Purge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Purge hall 2 now?")
    dialog.get_by_role("button", name="Purge").click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Sent")
    page.get_by_role("textbox", name="Limit").fill("99")
    expect(page.get_by_text("From -30 to 30").first).to_be_visible()
    page.get_by_role("textbox", name="Limit").fill("7")
    page.get_by_role("textbox", name="Limit").press("Tab")
    page.get_by_role("button", name="Set point").click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Sent: Set point")
    page.reload()
    expect(page.get_by_role("textbox", name="Limit")).to_have_value("7")
    page.get_by_role("button", name="On", exact=True).click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Sent: Fan")
    audit = plant.call("GET", "audit?user=operator")["items"]
    pressed = {line["subject"]: line["detail"] for line in audit if line["action"] == "press"}
    assert {"hall/hall/purge", "hall/hall/set", "hall/hall/fan"} <= pressed.keys(), audit


def test_a_viewer_sees_the_page_and_presses_nothing(open_page: Open) -> None:
    page = open_page("/page/hall/hall", "viewer")
    expect(page.get_by_role("button", name="Purge")).to_be_disabled()
    expect(page.get_by_role("link", name="Dead letters")).to_have_count(0)
    check_axe(page)


def test_a_page_is_sound_while_its_curves_are_still_being_read(open_page: Open) -> None:
    page = open_page("/page/hall/hall", "viewer")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.route("**/api/v1/trends*", lambda route: None)  # an answer that does not come
    page.reload()
    expect(page.locator(".chart")).to_be_visible()
    expect(page.locator(".chart canvas")).to_have_count(0)
    check_axe(page)


def test_a_phone_shows_lists_in_french_and_the_dark(open_page: Open) -> None:
    page = open_page("/", "operator", **PHONE, locale="fr-FR", color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    for path in ("/pages", "/page/hall/hall", "/alarms", "/values", "/flows", "/flow/hall", "/log", "/engine"):
        page.goto(f"{page.url.partition('//')[0]}//{page.url.split('/')[2]}{path}")
        expect(page.locator(".bottomnav")).to_be_visible()
        expect(page.locator("h1").first).to_be_visible()
        page.wait_for_timeout(250)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, path
        check_axe(page)
    page.get_by_role("button", name="Plus").tap()
    expect(page.get_by_role("dialog").get_by_role("link", name="Messages refusés")).to_be_visible()
    check_axe(page)
    page.get_by_role("link", name="Courbes").tap()
    expect(page.get_by_role("heading", name="Courbes")).to_be_visible()
    page.goto(f"{page.url.rpartition('/trends')[0]}/flow/hall")
    page.get_by_role("treeitem").first.tap()
    expect(page.get_by_role("dialog")).to_contain_text("simulate")


def test_rows_of_tables_fit_a_phone(open_page: Open, plant: Plant) -> None:
    plant.inject("hall", "commands", {"number": 1})
    page = open_page("/dead-letters", "admin", **PHONE)
    button = page.get_by_role("button", name="Open", exact=True).first
    expect(button).to_be_in_viewport(ratio=1)
    check_axe(page)
    page.goto(f"{plant.url}/audit")
    row = page.get_by_role("row").filter(has_text="sent a test message").first
    expect(row).to_contain_text("hall/commands")
    assert row.locator("td").last.evaluate("cell => cell.getBoundingClientRect().right") <= 390
    check_axe(page)


def test_the_editor_works_by_keyboard_alone_in_french(open_page: Open) -> None:
    page = open_page("/flow/hall", locale="fr-FR")
    expect(page.locator(".react-flow__node[data-id=sensors]")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("F6")
        if page.evaluate("() => document.activeElement.closest('.canvas') !== null"):
            break
    page.keyboard.press("ArrowRight")
    expect(page.locator(".react-flow__node:focus[data-id=sensors]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".react-flow__node:focus[data-id=usable]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[data-panel=properties] :is(input,select,textarea):focus")).to_have_count(1)
    check_axe(page)
    page.keyboard.press("Control+d")
    check_axe(page)


def test_palette_forms_and_help_of_nodes_speak_french_in_a_french_browser(open_page: Open) -> None:
    page = open_page("/flow/hall", locale="fr-FR")
    expect(page.locator(".palette-item", has_text="Limiteur de débit")).to_be_visible()
    page.locator(".react-flow__node[data-id=batch]").click()
    properties = page.get_by_role("tabpanel", name="Propriétés")
    expect(properties).to_contain_text("Rassembler des messages jusqu’à ce qu’il en attende assez")
    count = properties.get_by_label("Passer à tant de messages")
    expect(count).to_have_value("20")
    expect(count).to_have_accessible_description(re.compile("Transmettre quand ce nombre de messages attend"))
    page.get_by_role("tab", name="Aide").click()
    expect(page.get_by_role("heading", name="Tampon")).to_be_visible()
    check_axe(page)
