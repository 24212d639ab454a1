"""Deploying: what is shown before, what restarts, revisions and the way back, and two people at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Console, Open
from tests.browser.plant import FLOWS as flows_folder
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank", "hall")
FRESH = (flows_folder / "blank.yaml").read_text()


@pytest.fixture
def page(open_page: Open, plant: Plant) -> Page:
    restore(plant, FRESH)
    page = open_page("/flow/blank")
    expect(page.locator(".react-flow__node")).to_have_count(3)
    return page


def change_where(page: Page, text: str) -> None:
    page.locator('.react-flow__node[data-id="some"]').click()
    page.get_by_label("Passes when").fill(text)
    page.get_by_label("Passes when").press("Enter")
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")


def deploy(page: Page, comment: str = "") -> None:
    page.keyboard.press("Control+d")
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("dialog").get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_deploy_shows_difference_and_restarts_and_can_be_rolled_back(page: Page, plant: Plant) -> None:
    before = plant.file("blank").read_text()
    page.get_by_role("link", name="To be edited").focus()
    change_where(page, "payload.n > 4")
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 400})
    page.keyboard.press("Control+d")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".diff .added")).to_contain_text("payload.n > 4")
    expect(dialog).to_contain_text("Restarts: some")
    expect(dialog).to_contain_text("2 nodes go on untouched.")
    check_axe(page)
    dialog.get_by_label("Comment").fill("three was too low")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Deployed as")
    assert plant.file("blank").read_text() == before.replace("n > 3", "n > 4")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a command").fill("revisions")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="three was too low")).to_contain_text("integrator")
    check_axe(page)
    page.get_by_role("row").last.get_by_role("button", name="Compare").click()
    expect(page.locator(".diff .removed")).to_contain_text("n > 3")
    page.get_by_role("button", name="Roll back").last.click()
    ask = page.get_by_role("dialog", name="again?")
    expect(ask).to_contain_text("Restart")
    check_axe(page)
    ask.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("Back to")
    assert plant.file("blank").read_text() == before


def test_errors_keep_a_flow_from_being_deployed(page: Page, plant: Plant) -> None:
    before = plant.file("blank").read_text()
    change_where(page, "payload.n >")
    page.keyboard.press("Control+d")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("1 error must be mended first")
    expect(dialog.get_by_role("button", name="Deploy", exact=True)).to_be_disabled()
    page.keyboard.press("Escape")
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 400})
    page.keyboard.press("Control+z")
    expect(page.locator(".flowtabs")).not_to_contain_text("◆")
    assert plant.file("blank").read_text() == before


def test_a_file_changed_on_disk_shows_at_once(page: Page, plant: Plant) -> None:
    text = plant.file("blank").read_text()
    plant.file("blank").write_text(text.replace("To be edited", "Edited on disk"))
    expect(page.get_by_role("link", name="Edited on disk")).to_be_visible()
    plant.file("blank").write_text(text)
    expect(page.get_by_role("link", name="To be edited")).to_be_visible()


def test_a_file_changed_under_a_draft_is_merged_before_it_is_deployed(page: Page, plant: Plant) -> None:
    text = plant.file("blank").read_text()
    change_where(page, "payload.n > 6")
    plant.file("blank").write_text(text.replace("every: 1s ", "every: 3s "))
    expect(page.get_by_text("The file has changed on disk while")).to_be_visible()
    check_axe(page)
    page.keyboard.press("Control+d")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Merge the file into this flow first").click()
    expect(dialog.locator(".diff").last).to_contain_text("every: 3s")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(dialog).to_have_count(0)
    deployed = plant.file("blank").read_text()
    assert "every: 3s " in deployed and "payload.n > 6" in deployed


def test_two_editors_of_different_nodes_are_merged_and_of_the_same_node_asked(
    page: Page, open_page: Open, plant: Plant, console: Console
) -> None:
    console.allowed = ["412 (Precondition Failed)"]
    other = plant.call("GET", "flows/blank")
    plant.call(
        "PUT", "flows/blank", {"text": other["text"].replace("every: 1s ", "every: 4s ")}, If_Match=other["etag"]
    )
    change_where(page, "payload.n > 7")
    merged = plant.call("GET", "flows/blank")["text"]
    assert "every: 4s" in merged and "payload.n > 7" in merged

    page.context.set_offline(True)
    page.get_by_label("Passes when").fill("payload.n > 8")
    page.get_by_label("Passes when").press("Enter")
    now = plant.call("GET", "flows/blank")
    plant.call("PUT", "flows/blank", {"text": now["text"].replace("n > 7", "n > 9")}, If_Match=now["etag"])
    console.allowed += ["ERR_INTERNET_DISCONNECTED"]
    page.context.set_offline(False)
    dialog = page.get_by_role("dialog", name="Changed by two people")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("some.where: payload.n > 8")
    check_axe(page)
    dialog.get_by_role("button", name="Keep mine").click()
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
    assert "payload.n > 8" in plant.call("GET", "flows/blank")["text"]


def test_flows_are_made_and_imported_and_removed(page: Page, plant: Plant) -> None:
    page.get_by_role("button", name="New flow").click()
    page.get_by_role("button", name="Blank flow").click()
    page.get_by_label("Name of the flow").fill("fresh")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This flow is empty")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a command").fill("import")
    page.keyboard.press("Enter")
    page.get_by_label("Or its text").fill(
        "flow: taken\nnodes:\n  a: {type: inject, every: 1s, to: b}\n  b: {type: log}\n"
    )
    page.get_by_label("Name of the flow").fill("taken")
    page.get_by_role("dialog").get_by_role("button", name="Import a flow").click()
    expect(page.locator(".react-flow__node")).to_have_count(2)
    deploy(page, "first")
    expect(page.locator('.react-flow__node[data-id="a"]')).to_contain_text("● ok")
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 400})
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.path().read_text() == plant.file("taken").read_text()
    page.get_by_role("button", name="Delete the flow").click()
    page.get_by_role("button", name="Really delete").click()
    expect(page.get_by_role("link", name="taken")).to_have_count(0)


def restore(plant: Plant, text: str) -> None:
    """The flow as it was at first, deployed."""
    if plant.file("blank").read_text() == plant.call("GET", "flows/blank")["text"] == text:
        return
    now = plant.call("GET", "flows/blank")
    plant.call("PUT", "flows/blank", {"text": text}, If_Match=now["etag"])
    now = plant.call("GET", "flows/blank")
    plant.call("POST", "flows/blank/deploy", {"overwrite_file": True}, If_Match=now["etag"])
