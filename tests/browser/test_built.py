"""A whole flow is built with the keyboard alone, and with few clicks of the pointer."""

import re

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank",)
MOST_CLICKS = 20
FOCUSED = """() => {
  const at = document.activeElement;
  return [at?.labels?.[0]?.textContent, at?.getAttribute("aria-label"), at?.textContent].find((text) => text) ?? "";
}"""
PANEL = "() => document.activeElement?.closest('[data-panel]')?.dataset.panel ?? ''"


def press(page: Page, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Walk to what has this name; a trap on the way is a failure."""
    for _ in range(80):
        press(page, "Tab")
        if str(page.evaluate(FOCUSED)).strip().startswith(name):
            return
    raise AssertionError(f"Tab never comes to {name!r}; it is at {page.evaluate(FOCUSED)!r}")


def add(page: Page, type: str, id: str) -> None:
    press(page, "a")
    expect(page.get_by_role("combobox", name="Find a node type")).to_be_focused()
    page.keyboard.type(type)
    press(page, "Enter")
    expect(page.locator(f'.react-flow__node[data-id="{id}"]')).to_be_focused()


def settings(page: Page) -> None:
    """From the canvas into the form of the selected node."""
    press(page, "Enter")
    page.wait_for_function(f"{PANEL.replace('() => ', '() => (')}) === 'properties'")


def fill(page: Page, name: str, value: str) -> None:
    """A field of the form that has the focus, somewhere."""
    tab_to(page, name)
    press(page, "Control+a")
    page.keyboard.type(value)


def connection(page: Page, url: str) -> None:
    """Made from the form that has the focus, in the dialog above it, which begins in its first field."""
    tab_to(page, "New connection for Connection")
    press(page, "Enter")
    expect(page.get_by_role("dialog").get_by_label("Address (URL)")).to_be_focused()
    page.keyboard.type(url)
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def to_canvas(page: Page) -> None:
    """From panel to panel."""
    for _ in range(8):
        press(page, "F6")
        if page.evaluate(PANEL) == "canvas":
            return
    raise AssertionError("F6 never comes to the canvas")


def assert_is_whole(page: Page, plant: Plant, flow: str) -> None:
    """Wired and connected as it was to be, and nothing wrong with it."""
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
    found = plant.call("GET", f"flows/{flow}")
    assert [each for each in found["diagnostics"] if each["severity"] == "error"] == []
    nodes = yaml.safe_load(found["text"])["nodes"]
    assert {id: node.get("to") for id, node in nodes.items()} == {
        "mqtt_in": "normalise",
        "normalise": ["alert", "buffer"],
        "alert": "mqtt_out",
        "mqtt_out": None,
        "buffer": "sql_out",
        "sql_out": None,
    }
    assert (nodes["mqtt_in"]["connection"], nodes["mqtt_out"]["connection"]) == ("mqtt", "mqtt")


def test_a_flow_from_a_broker_to_a_broker_and_a_database_is_built_by_keys(open_page: Open, plant: Plant) -> None:
    plant.call("PUT", "flows/made", {"text": "flow: made\nnodes: {}\n"}, If_None_Match="*")
    page = open_page("/flow/made")
    expect(page.get_by_role("button", name="This flow is empty")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("combobox", name="Find a node type")).to_be_focused()
    page.keyboard.type("mqtt in")
    press(page, "Enter")
    expect(page.locator('.react-flow__node[data-id="mqtt_in"]')).to_be_focused()
    settings(page)
    connection(page, "mqtt://127.0.0.1:9")
    fill(page, "Topic", "hall/{device}/temp")
    to_canvas(page)
    add(page, "normalise", "normalise")
    add(page, "alert", "alert")
    settings(page)
    fill(page, "Raises when", "payload.value > 8")
    to_canvas(page)
    add(page, "mqtt out", "mqtt_out")
    settings(page)
    fill(page, "Topic", "hall/alarms")
    to_canvas(page)
    press(page, "ArrowLeft", 2)
    expect(page.locator('.react-flow__node[data-id="normalise"]')).to_be_focused()
    add(page, "buffer", "buffer")
    add(page, "sql out", "sql_out")
    settings(page)
    connection(page, "sqlite:///history.db")
    fill(page, "Table", "history")
    fill(page, "Columns *", "value: payload.value")
    press(page, "Tab")
    assert_is_whole(page, plant, "made")


class Pointer:
    """Clicks, and counts them; what is typed is free."""

    def __init__(self, page: Page):
        self.page = page
        self.clicks = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def add(self, name: str, id: str) -> None:
        """From the palette, wired from what is selected."""
        self.click(self.page.locator(".palette-item").filter(has=self.page.get_by_text(name, exact=True)))
        expect(self.page.locator(f'.react-flow__node[data-id="{id}"]')).to_be_visible()

    def fill(self, field: str, value: str) -> None:
        """A field of the selected node."""
        self.click(self.page.locator("[data-panel=properties]").get_by_label(re.compile(rf"^{field}( \*)?$")))
        self.page.keyboard.type(value)

    def connect(self, url: str) -> None:
        """A connection from the form of the selected node: its first field has the focus, Enter takes it."""
        self.click(self.page.get_by_role("button", name="New connection for Connection"))
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_label("Address (URL)")).to_be_focused()
        self.page.keyboard.type(url)
        self.page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)


def test_a_flow_from_a_broker_to_a_broker_and_a_database_takes_at_most_twenty_clicks(
    open_page: Open, plant: Plant
) -> None:
    page = open_page("/flows")
    by = Pointer(page)
    by.click(page.get_by_role("button", name="New flow"))
    by.click(page.get_by_role("button", name="Blank flow"))
    expect(page.get_by_label("Name of the flow")).to_be_focused()
    page.keyboard.type("clicked")
    page.keyboard.press("Enter")
    by.add("MQTT in", "mqtt_in")
    by.connect("mqtt://127.0.0.1:9")
    by.fill("Topic", "hall/{device}/temp")
    by.add("Normalise", "normalise")
    by.add("Alert", "alert")
    by.fill("Raises when", "payload.value > 8")
    by.add("MQTT out", "mqtt_out")
    by.fill("Topic", "hall/alarms")
    by.click(page.locator('.react-flow__node[data-id="normalise"]'))
    by.add("Buffer", "buffer")
    by.fill("Pass on after", "5s")
    by.add("SQL out", "sql_out")
    by.connect("sqlite:///history.db")
    by.fill("Table", "history")
    by.fill("Columns", "value: payload.value")
    by.click(page.get_by_role("button", name="Deploy"))
    by.click(page.get_by_role("dialog").get_by_role("button", name="Deploy", exact=True))
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert by.clicks <= MOST_CLICKS

    assert_is_whole(page, plant, "clicked")
    assert not plant.call("GET", "flows/clicked")["dirty"]
