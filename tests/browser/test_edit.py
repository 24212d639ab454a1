"""Editing a flow by pointer, keyboard, form and text; the file changes only on deploy, and only where it must."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Console, Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall", "blank")


def node(page: Page, id: str) -> Locator:
    return page.locator(f'.react-flow__node[data-id="{id}"]')


def wire(page: Page, source: str, target: str) -> Locator:
    return page.get_by_role("group", name=f"Wire from {source} to {target}")


def saved(plant: Plant, flow: str) -> str:
    return str(plant.call("GET", f"flows/{flow}")["text"])


def settle(page: Page) -> None:
    """Wait until the engine has taken every edit."""
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")


@pytest.fixture
def page(open_page: Open, plant: Plant) -> Page:
    """The empty flow, as it was at first."""
    text = plant.file("blank").read_text()
    now = plant.call("GET", "flows/blank")
    if now["text"] != text:
        plant.call("PUT", "flows/blank", {"text": text}, If_Match=now["etag"])
    page = open_page("/flow/blank")
    expect(node(page, "tick")).to_be_visible()
    return page


def drop_from_palette(page: Page, title: str, x: int, y: int) -> None:
    page.get_by_role("textbox", name="Find a node type").or_(page.get_by_role("searchbox")).first.fill(title)
    item = page.locator(".palette-item", has_text=title).first
    item.drag_to(page.locator(".react-flow__pane"), target_position={"x": x, "y": y})


def test_a_node_is_dragged_from_the_palette_and_wired_by_dragging(page: Page, plant: Plant) -> None:
    drop_from_palette(page, "Filter", 420, 330)
    expect(node(page, "filter")).to_be_visible()
    start = node(page, "tick").locator(".react-flow__handle.source").first
    end = node(page, "filter").locator(".react-flow__handle.target")
    start.drag_to(end)
    expect(wire(page, "tick", "filter")).to_have_count(1)
    check_axe(page)
    settle(page)
    assert re.search(r"tick:(.|\n)*to: \[some, said, filter\]", saved(plant, "blank"))


def test_wires_are_made_by_two_clicks_and_by_keyboard(page: Page, plant: Plant) -> None:
    node(page, "said").click()
    page.keyboard.press("a")
    page.get_by_role("combobox", name="Find a node type").fill("delay")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text("Delay")
    page.keyboard.press("Enter")
    expect(node(page, "delay")).to_be_visible()
    node(page, "tick").locator(".react-flow__handle.source").first.click()
    node(page, "delay").locator(".react-flow__handle.target").click()
    expect(wire(page, "tick", "delay")).to_have_count(1)

    node(page, "delay").focus()
    page.keyboard.press("Space")
    page.keyboard.press("w")
    page.get_by_role("combobox", name="To which node?").fill("said")
    page.keyboard.press("Enter")
    expect(wire(page, "delay", "said")).to_have_count(1)
    settle(page)
    assert "to: said" in saved(plant, "blank").partition("delay:")[2]


def test_a_form_checks_ranges_expressions_and_durations_at_once(page: Page, plant: Plant) -> None:
    node(page, "some").click()
    where = page.get_by_label("Passes when")
    expect(where).to_have_value("payload.n > 3")
    where.fill("payload.n >")
    expect(page.get_by_role("alert").filter(has_text="olumn")).to_be_visible()
    where.fill("payload.n > 4")
    where.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    node(page, "tick").click()
    every = page.get_by_role("textbox", name="Interval")
    every.fill("soon")
    every.press("Tab")
    expect(page.get_by_text("Not a duration")).to_be_visible()
    check_axe(page)
    every.fill("2s")
    every.press("Tab")
    settle(page)
    before = plant.file("blank").read_text()
    assert saved(plant, "blank") == before.replace("every: 1s ", "every: 2s ").replace("n > 3", "n > 4")


def test_the_text_is_edited_with_completion_and_diagnostics(page: Page, plant: Plant) -> None:
    page.get_by_role("tab", name="YAML").click()
    text = page.locator(".cm-content")
    text.get_by_text("type: filter").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("ti")
    page.keyboard.press("Control+Space")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("title")
    check_axe(page)
    page.keyboard.press("Escape")
    page.keyboard.type("tle: @")
    expect(page.locator(".yaml-pane")).to_contain_text("Not YAML yet: kept here, not saved")
    assert "title: @" not in saved(plant, "blank")
    page.keyboard.press("Backspace")
    page.keyboard.type("Some of them")
    expect(node(page, "some")).to_contain_text("Some of them")
    page.keyboard.press("Enter")
    page.keyboard.type("wehre: 1")
    expect(page.locator(".cm-lintRange-error")).not_to_have_count(0)
    expect(node(page, "some").locator("[title=error]")).to_be_visible()


def test_nodes_are_copied_and_pasted_as_yaml_undone_and_redone(page: Page, plant: Plant) -> None:
    before = saved(plant, "blank")
    node(page, "some").click()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(node(page, "some_2")).to_be_visible()
    settle(page)
    assert "some_2:" in saved(plant, "blank")
    page.keyboard.press("Delete")
    expect(node(page, "some_2")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(node(page, "some_2")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(node(page, "some_2")).to_have_count(0)
    settle(page)
    assert saved(plant, "blank") == before
    page.keyboard.press("Control+y")
    expect(node(page, "some_2")).to_be_visible()


def test_the_keys_of_the_help_page_do_what_it_says(page: Page, plant: Plant) -> None:
    before = saved(plant, "blank")
    node(page, "some").click()
    selected = page.locator(".react-flow__node.selected")
    page.keyboard.press("Alt+u")
    expect(selected).to_have_count(2)
    expect(node(page, "said")).not_to_have_class(re.compile("selected"))
    node(page, "some").click()
    page.keyboard.press("Alt+d")
    expect(selected).to_have_count(2)
    expect(node(page, "tick")).not_to_have_class(re.compile("selected"))
    page.keyboard.press("Control+a")
    expect(selected).to_have_count(3)
    node(page, "some").click()
    box = node(page, "some").bounding_box()
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    page.wait_for_function(
        "top => document.querySelector('[data-id=some]').getBoundingClientRect().top > top + 10", arg=box and box["y"]
    )
    page.keyboard.press("Control+x")
    expect(node(page, "some")).to_have_count(0)
    page.keyboard.press("Control+v")
    expect(node(page, "some")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard help")).to_contain_text("Select upstream")
    check_axe(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+P")
    expect(page.get_by_role("combobox", name="Type a command")).to_be_focused()
    page.keyboard.press("Escape")
    settle(page)
    now = plant.call("GET", "flows/blank")
    plant.call("PUT", "flows/blank", {"text": before}, If_Match=now["etag"])


def test_renaming_follows_every_wire_and_keeps_comments(page: Page, plant: Plant) -> None:
    before = saved(plant, "blank")
    node(page, "said").click()
    page.keyboard.press("F2")
    page.get_by_label("New name").fill("spoken")
    check_axe(page)
    page.keyboard.press("Enter")
    expect(node(page, "spoken")).to_be_visible()
    expect(wire(page, "tick", "spoken")).to_have_count(1)
    settle(page)
    # It runs under its old name, which the file has to say for its state and spool to be kept.
    assert saved(plant, "blank") == before.replace("said", "spoken") + "    was: said\n"


def test_moving_a_node_leaves_the_text_alone(page: Page, plant: Plant) -> None:
    before = saved(plant, "blank")
    box = node(page, "said").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 140, steps=5)
    page.mouse.up()
    settle(page)
    moved = node(page, "said").bounding_box()
    assert moved is not None and moved["y"] > box["y"] + 80
    page.reload()
    expect(node(page, "said")).to_be_visible()
    assert saved(plant, "blank") == before
    assert plant.call("GET", "flows/blank")["graph"]["nodes"][-1]["position"] is not None


def test_a_viewer_can_change_nothing(open_page: Open) -> None:
    page = open_page("/flow/blank", "viewer")
    expect(node(page, "tick")).to_be_visible()
    expect(page.get_by_role("button", name="Deploy")).to_have_count(0)
    expect(page.locator(".palette-item")).to_have_count(0)
    node(page, "tick").click()
    page.keyboard.press("Delete")
    expect(node(page, "tick")).to_be_visible()


def test_edits_survive_an_engine_that_goes_away(page: Page, plant: Plant, console: Console) -> None:
    console.allowed = ["503", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket"]
    node(page, "some").click()
    where = page.get_by_label("Passes when")
    expect(where).to_be_visible()
    plant.stop()
    expect(page.get_by_role("alert")).to_contain_text("The engine does not answer")
    where.fill("payload.n > 5")
    where.press("Enter")
    expect(page.locator(".statusbar")).to_contain_text("1 edit not sent")
    with page.expect_websocket():
        page.get_by_role("button", name="Try again").click()
    plant.start()  # it may be back by itself before this returns
    expect(page.locator(".statusbar")).to_contain_text("Connected")
    settle(page)
    expect(node(page, "tick")).to_contain_text("● ok")
    assert "payload.n > 5" in saved(plant, "blank")
    assert json.dumps("n > 3")[1:-1] in plant.file("blank").read_text()


def test_forms_are_filled_once_an_engine_that_went_away_at_the_start_is_back(
    open_page: Open, plant: Plant, console: Console
) -> None:
    console.allowed = ["503", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket"]
    page = open_page("/flow/blank")
    expect(page.locator(".palette-item").first).to_be_visible()
    plant.stop()  # before the forms' schemas have been asked for, two seconds after the palette
    node(page, "some").click()
    properties = page.get_by_role("tabpanel", name="Properties")
    expect(properties).to_contain_text("The form is being loaded")
    page.get_by_role("tab", name="Help").click()
    expect(page.get_by_role("tabpanel", name="Help")).to_contain_text("Loading")
    page.get_by_role("tab", name="Properties").click()
    plant.start()
    expect(properties.get_by_label("Passes when")).to_have_value(re.compile("payload.n"))
    expect(properties).not_to_contain_text("being loaded")


def test_a_wire_pulled_onto_nothing_asks_what_comes_and_a_node_dropped_on_a_wire_goes_between(
    page: Page, plant: Plant
) -> None:
    pane = page.locator(".react-flow__pane")
    start = node(page, "tick").locator(".react-flow__handle.source").first
    start.drag_to(pane, target_position={"x": 420, "y": 60})
    page.get_by_role("combobox", name="Find a node type").fill("delay")
    page.keyboard.press("Enter")
    expect(wire(page, "tick", "delay")).to_have_count(1)

    box = wire(page, "tick", "delay").locator(".react-flow__edge-path").bounding_box()
    around = pane.bounding_box()
    assert box is not None and around is not None
    x, y = box["x"] + box["width"] / 2 - around["x"], box["y"] + box["height"] / 2 - around["y"]
    drop_from_palette(page, "Filter", int(x), int(y))
    expect(wire(page, "tick", "filter")).to_have_count(1)
    expect(wire(page, "filter", "delay")).to_have_count(1)
    expect(wire(page, "tick", "delay")).to_have_count(0)

    pane.dblclick(position={"x": 60, "y": 20})
    page.get_by_role("combobox", name="Find a node type").fill("inject")
    page.keyboard.press("Enter")
    expect(node(page, "inject")).to_be_visible()
    settle(page)
    assert re.search(r"to: \[some, said, filter\]", saved(plant, "blank"))
