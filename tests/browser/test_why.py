"""What messages tell: why they were refused, what passes a node, the names that an expression may use."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall", "blank")


def select(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def test_a_node_leads_to_its_letters_one_is_given_back_from_inside_and_leads_to_its_node(
    open_page: Open, plant: Plant
) -> None:
    plant.call("POST", "dead-letters/purge", {"all": True})
    plant.inject("hall", "commands", {"number": 7})
    page = open_page("/flow/hall", locale="fr-FR")
    select(page, "commands")
    page.get_by_role("button", name="message refusé").click()
    rows = page.get_by_role("row").filter(has_text="hall/commands")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("payload : il manque do")
    expect(page.get_by_role("button", name="Seulement de hall/commands")).to_be_visible()
    rows.get_by_role("button", name="Ouvrir").click()
    letter = page.get_by_role("dialog")
    letter.get_by_role("button", name="Remettre en circulation").click()
    expect(letter).to_have_count(0)
    expect(page.get_by_role("region", name="Avis")).to_contain_text("1 message remis en circulation.")
    rows.get_by_role("button", name="hall/commands").click()
    expect(page.locator(".react-flow__node.selected")).to_have_attribute("data-id", "commands")


def test_a_tap_opens_its_panel_follows_its_filter_and_keeps_what_is_pinned(open_page: Open) -> None:
    page = open_page("/flow/hall")
    page.get_by_role("tab", name="Log").click()
    select(page, "usable")
    page.get_by_role("button", name="Tap", exact=True).click()
    expect(page.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")
    rows = page.locator(".virtual .message")
    rows.filter(has_text="temp").first.click()
    page.locator(".message-detail").get_by_role("button", name="Pin").click()
    pins = page.get_by_role("region", name="Pinned")
    expect(pins.locator(".message")).to_have_count(1)
    pins.locator(".message").click()
    expect(pins.get_by_role("button", name="Copy the path payload.value")).to_be_visible()
    check_axe(page)
    page.get_by_label("Text in the message").fill("level")
    page.get_by_label("Condition").focus()  # it is listened to anew, without another click
    expect(rows.first).to_contain_text("level")
    expect(rows.filter(has_text="temp")).to_have_count(0)
    expect(pins).to_contain_text("temp")


def test_what_does_not_run_yet_offers_no_tap(open_page: Open, plant: Plant) -> None:
    flow = plant.call("GET", "flows/hall")
    draft = {"op": "add", "path": ["nodes", "later"], "value": {"type": "log"}}
    plant.call("PATCH", "flows/hall", {"operations": [draft]}, If_Match=flow["etag"])
    page = open_page("/flow/hall")
    select(page, "later")
    expect(page.get_by_role("heading", name="later")).to_be_visible()
    expect(page.get_by_role("button", name="Tap", exact=True)).to_have_count(0)
    plant.call("POST", "flows/hall/discard", {}, If_Match=plant.call("GET", "flows/hall")["etag"])


def test_names_of_the_last_message_complete_an_expression_that_is_typed(open_page: Open) -> None:
    page = open_page("/flow/blank")
    select(page, "some")
    where = page.get_by_label("Where")
    where.click()  # nothing is tapped: one message is heard for it
    expect(page.get_by_text("names of that message").first).to_be_visible()
    where.fill("3 < nam")
    offered = page.get_by_role("listbox", name="Names in that message").get_by_role("option")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("payload.name")
    check_axe(page)
    where.fill("3 < payload.")
    expect(offered).to_have_count(2)
    where.press("ArrowDown")
    where.press("Enter")
    expect(where).to_have_value("3 < payload.n")
    expect(offered).to_have_count(0)
    expect(page.get_by_role("tabpanel", name="Properties").get_by_role("status").first).to_contain_text("true")
    page.get_by_role("tab", name="Help").click()
    help = page.get_by_role("region", name="Help")
    expect(help).to_contain_text("invert")
    check_axe(page)
    help.get_by_role("button", name="Add the example").first.click()
    expect(page.locator(".react-flow__node.selected")).to_have_attribute("data-id", "filter")
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
