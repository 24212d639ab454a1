"""What two people do to one flow, and what one does before a reload, is neither hidden nor lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall",)
DRAFTED = "() => document.querySelector('.tab[aria-current] [title]') !== null"
"""The tab of the flow that is open says that it has a draft."""


def select(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def edit(plant: Plant, *operations: dict[str, object]) -> None:
    etag = plant.call("GET", "flows/hall")["etag"]
    plant.call("PATCH", "flows/hall", {"operations": list(operations)}, If_Match=etag)


def test_who_else_is_here_is_seen_at_the_flow_and_the_node(open_page: Open) -> None:
    page = open_page("/flow/hall")
    other = open_page("/flow/hall", role="admin")
    select(other, "too_hot")
    expect(page.get_by_role("img", name="Also here: admin")).to_be_visible()
    expect(page.get_by_role("img", name="admin is at this node")).to_be_visible()
    check_axe(page)
    other.close()
    expect(page.get_by_role("img", name="Also here: admin")).to_have_count(0)


def test_what_is_typed_outlives_a_reload_and_the_node_it_was_for(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/hall")
    select(page, "too_hot")
    page.get_by_label("Raises when").fill("payload.value > 99")
    page.reload()
    select(page, "too_hot")
    expect(page.get_by_label("Raises when")).to_have_value("payload.value > 99")
    page.get_by_label("Raises when").focus()
    edit(plant, {"op": "delete", "path": ["nodes", "too_hot"]})
    said = page.get_by_role("alert").filter(has_text="too_hot is gone")
    expect(said).to_contain_text("payload.value > 99")
    check_axe(page)
    said.get_by_role("button", name="Drop it").click()
    expect(said).to_have_count(0)


def test_a_draft_is_discarded_and_brought_back_by_undo_after_a_reload(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/hall")
    edit(plant, {"op": "set", "path": ["nodes", "batch", "count"], "value": 50})
    page.wait_for_function(DRAFTED)
    page.keyboard.press("Control+d")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".diff mark").first).to_be_visible()
    dialog.get_by_role("button", name="Discard the draft").click()
    dialog.get_by_role("button", name="Really discard").click()
    expect(page.get_by_text("The draft is gone")).to_be_visible()
    assert "count: 50" not in plant.call("GET", "flows/hall")["text"]
    page.reload()
    expect(page.locator(".react-flow__node").first).to_be_visible()
    page.keyboard.press("Control+z")
    page.wait_for_function(DRAFTED)
    assert "count: 50" in plant.call("GET", "flows/hall")["text"]


def test_any_two_revisions_are_compared_word_by_word(open_page: Open, plant: Plant) -> None:
    for count in (21, 22, 23):
        edit(plant, {"op": "set", "path": ["nodes", "batch", "count"], "value": count})
        plant.call("POST", "flows/hall/deploy", {}, If_Match=plant.call("GET", "flows/hall")["etag"])
    page = open_page("/flow/hall")
    expect(page.locator(".react-flow__node").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a command").fill("revisions")
    page.keyboard.press("Enter")
    page.get_by_role("row").last.get_by_role("button", name="Compare").click()
    revisions = plant.call("GET", "flows/hall/revisions")["items"]
    page.get_by_label("From", exact=True).select_option(revisions[2]["revision"])
    page.get_by_label("to", exact=True).select_option(revisions[1]["revision"])
    expect(page.locator(".diff .removed mark")).to_have_text(["21"])
    expect(page.locator(".diff .added mark")).to_have_text(["22"])
    check_axe(page)
