"""Looking at a running flow: states, numbers, problems, search, outline, minimap."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall", "cooling", "halls")


def test_nodes_and_wires_show_state_rate_and_problems(open_page: Open) -> None:
    page = open_page("/flow/hall")
    sensors = page.locator(".react-flow__node[data-id=sensors]")
    expect(sensors).to_contain_text("● ok")
    expect(sensors).to_contain_text("8/s")
    expect(page.locator(".wire-label", has_text="/s")).not_to_have_count(0)
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    expect(page.get_by_role("img", name="Overview")).to_be_visible()
    check_axe(page)


def test_problems_are_marked_on_the_node_and_on_its_line(open_page: Open) -> None:
    page = open_page("/flow/halls")
    expect(page.locator(".react-flow__node[data-id=spare] [title=warning]")).to_be_visible()
    page.get_by_role("tab", name="Problems").click()
    page.get_by_role("button", name="line 14").first.click()
    expect(page.locator(".cm-activeLine")).to_contain_text("spare:")
    check_axe(page)


SHOWN = "() => new DOMMatrix(document.querySelector('.react-flow__viewport').style.transform).a"
LEFT = "() => JSON.parse(sessionStorage.getItem('flowengine.view.hall') ?? '{}')"


def test_a_flow_opens_whole_and_after_a_reload_where_it_was_left(open_page: Open) -> None:
    page = open_page("/flow/hall")
    last = page.locator(".react-flow__node[data-id=said]")
    expect(last).to_be_in_viewport(ratio=1)
    expect(page.locator(".react-flow__node[data-id=sensors]")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(f"() => Math.abs(({LEFT})().zoom - ({SHOWN})()) < 1e-6 && ({SHOWN})() > 0.8")
    before = page.evaluate(SHOWN)
    page.reload()
    expect(page.locator(".react-flow__node").first).to_be_visible()
    page.wait_for_function(f"(before) => Math.abs(({SHOWN})() - before) < 1e-6", arg=before)


def test_a_flow_is_readable_in_a_page_at_200_percent(open_page: Open) -> None:
    page = open_page("/flow/hall", viewport={"width": 720, "height": 450}, device_scale_factor=2)
    expect(page.locator('.canvas:not(.far) .react-flow__node[data-id="sensors"]')).to_be_in_viewport(ratio=0.99)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("banner").get_by_role("button").last).to_be_in_viewport(ratio=0.99)
    expect(page.get_by_role("button", name="Zoom out")).to_be_enabled()
    panels = page.get_by_role("separator", name="panels")
    most = panels.get_attribute("aria-valuemax")
    expect(panels).to_have_attribute("aria-valuenow", most or "")
    panels.press("ArrowDown")
    expect(panels).not_to_have_attribute("aria-valuenow", most or "")


def test_a_phone_shows_the_drawing_of_a_flow_when_asked(open_page: Open) -> None:
    page = open_page("/flow/cooling", viewport={"width": 412, "height": 840})
    expect(page.get_by_role("treeitem").first).to_be_visible()
    page.get_by_role("button", name="Flow diagram").click()
    expect(page.locator(".canvas:not(.far) .react-flow__node").first).to_be_in_viewport()
    check_axe(page)


def test_wires_are_there_again_after_a_look_from_afar(open_page: Open) -> None:
    page = open_page("/flow/hall", viewport={"width": 900, "height": 600})
    expect(page.locator(".react-flow__node[data-id=sensors]")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(".canvas.far .overlay")).to_be_visible()
    expect(page.locator(".react-flow__node")).to_have_count(11)
    for _ in range(8):
        page.get_by_role("button", name="Zoom in").click()
        if page.locator(".canvas.far").count() == 0:
            break
    # which nodes are in view is the canvas's affair; a wire between two of them is not
    page.wait_for_function("""() => {
        const shown = [...document.querySelectorAll(".react-flow__node")].map((node) => node.dataset.id);
        const wires = [["usable", "latest"], ["latest", "batch"], ["usable", "warm"], ["warm", "too_hot"]];
        const both = wires.filter((pair) => pair.every((id) => shown.includes(id)));
        const drawn = ([from, to]) => document.querySelector(`.react-flow__edge[data-id="${from}:out>${to}"]`);
        return both.length > 1 && both.every(drawn);
    }""")


def test_search_finds_by_name_type_and_setting_and_shows_the_node(open_page: Open) -> None:
    page = open_page("/flow/hall")
    expect(page.locator(".react-flow__node[data-id=sensors]")).to_be_visible()
    page.keyboard.press("Control+f")
    page.get_by_role("combobox", name="Find a node").fill("is too hot")
    expect(page.get_by_role("dialog").get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__node.selected")).to_have_attribute("data-id", "too_hot")
    expect(page.get_by_role("tabpanel", name="Properties")).to_contain_text("too_hot")


def test_search_goes_over_all_flows_marks_what_it_found_and_filters(open_page: Open) -> None:
    page = open_page("/flow/halls")
    expect(page.locator(".react-flow__node[data-id=north]")).to_be_visible()
    page.keyboard.press("Control+f")
    found = page.get_by_role("dialog").get_by_role("listbox").get_by_role("option")
    page.get_by_role("combobox", name="Find a node").fill("is too hot")
    expect(found).to_have_count(1)
    expect(found.locator("mark").first).to_be_visible()
    check_axe(page)
    page.get_by_label("with a problem").check()
    expect(found).to_have_count(0)
    page.get_by_label("with a problem").uncheck()
    page.get_by_label("Type", exact=True).select_option("alert")
    expect(found).to_have_count(1)
    page.get_by_role("combobox", name="Find a node").press("Enter")
    expect(page.locator(".react-flow__node.selected")).to_have_attribute("data-id", "too_hot")
    expect(page).to_have_url(re.compile("/flow/hall$"))
    expect(page.get_by_role("navigation", name="Flows").locator("[aria-current]")).to_be_in_viewport()


def test_flows_stand_in_folders_favourites_first_and_are_found_by_typing(open_page: Open, plant: Plant) -> None:
    etag = plant.call("GET", "flows/cooling")["etag"]
    folder = {"op": "set", "path": ["folder"], "value": "Hall 2/Cold"}
    plant.call("PATCH", "flows/cooling", {"operations": [folder]}, If_Match=etag)
    page = open_page("/flows")
    cold = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Hall 2/Cold"))
    expect(cold.get_by_role("link")).to_have_text("Cooling of a hall")
    page.get_by_role("button", name="Make All halls a favourite").click()
    first = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Favourites"))
    expect(first.get_by_role("link")).to_have_text("All halls")
    page.reload()
    expect(first.get_by_role("link")).to_have_text("All halls")
    check_axe(page)
    page.get_by_label("Find a flow").fill("hall 2")
    expect(page.get_by_role("main").get_by_role("link")).to_have_text(["Cooling of a hall"])


def test_commands_are_found_by_name(open_page: Open) -> None:
    page = open_page("/flow/hall")
    expect(page.locator(".react-flow__node[data-id=sensors]")).to_be_visible()
    page.keyboard.press("Control+k")
    check_axe(page)
    page.get_by_role("combobox", name="Type a command").fill("dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_outline_walks_by_keyboard_and_selects(open_page: Open) -> None:
    page = open_page("/flow/hall")
    page.get_by_role("tab", name="Outline").click()
    tree = page.get_by_role("tree", name="Outline")
    expect(tree.get_by_role("treeitem")).to_have_count(11)
    tree.get_by_role("treeitem").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__node.selected")).to_have_attribute("data-id", "usable")
    check_axe(page)


def test_a_subflow_opens_in_place_and_closes_again(open_page: Open) -> None:
    page = open_page("/flow/halls")
    node = page.locator(".react-flow__node[data-id=north]")
    node.click()
    page.get_by_role("button", name="Open in place").click()
    inner = page.locator('.react-flow__node[data-id="north/cold"]')
    expect(inner).to_contain_text("filter")
    expect(inner).to_contain_text("● ok")
    check_axe(page)
    page.get_by_role("button", name="Close the subflow").click()
    expect(inner).to_have_count(0)
