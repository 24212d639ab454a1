"""A whole flow is built with the keyboard alone, and with few clicks of the pointer."""

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank",)
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


def fill(page: Page, values: dict[str, str]) -> None:
    """Of the selected node, in the order of its form; then back to the canvas."""
    press(page, "Enter")
    page.wait_for_function(f"{PANEL.replace('() => ', '() => (')}) === 'properties'")
    first = True
    for name, value in values.items():
        if not (first and str(page.evaluate(FOCUSED)).strip().startswith(name)):
            tab_to(page, name)
        first = False
        press(page, "Control+a")
        page.keyboard.type(value)
    press(page, "Tab")
    for _ in range(8):
        press(page, "F6")
        if page.evaluate(PANEL) == "canvas":
            return
    raise AssertionError("F6 never comes to the canvas")


def connection(page: Page, values: dict[str, str]) -> None:
    """Made from the form of the selected node, in the dialog above it."""
    press(page, "Enter")
    page.wait_for_function(f"{PANEL.replace('() => ', '() => (')}) === 'properties'")
    tab_to(page, "New connection for Connection")
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    for name, value in values.items():
        tab_to(page, name)
        page.keyboard.type(value)
    tab_to(page, "Done")
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def built(page: Page, plant: Plant) -> dict[str, dict[str, object]]:
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
    nodes: dict[str, dict[str, object]] = yaml.safe_load(plant.call("GET", "flows/made")["text"])["nodes"]
    return nodes


def test_a_flow_from_a_broker_to_a_broker_and_a_database_is_built_by_keys(open_page: Open, plant: Plant) -> None:
    plant.call("PUT", "flows/made", {"text": "flow: made\nnodes: {}\n"}, If_None_Match="*")
    page = open_page("/flow/made")
    expect(page.get_by_role("button", name="This flow is empty")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("combobox", name="Find a node type")).to_be_focused()
    page.keyboard.type("mqtt in")
    press(page, "Enter")
    expect(page.locator('.react-flow__node[data-id="mqtt_in"]')).to_be_focused()
    for type, id in (("normalise", "normalise"), ("alert", "alert"), ("mqtt out", "mqtt_out")):
        add(page, type, id)
    press(page, "ArrowLeft", 2)
    expect(page.locator('.react-flow__node[data-id="normalise"]')).to_be_focused()
    for type, id in (("buffer", "buffer"), ("sql out", "sql_out")):
        add(page, type, id)
    nodes = built(page, plant)
    assert nodes["mqtt_in"]["to"] == "normalise" and nodes["normalise"]["to"] == ["alert", "buffer"]
    assert nodes["buffer"]["to"] == "sql_out" and "mqtt_out" in str(nodes["alert"]["to"])

    connection(page, {"URL": "sqlite:///history.db"})
    tab_to(page, "Table")
    page.keyboard.type("history")
    press(page, "Tab")
    assert built(page, plant)["sql_out"]["table"] == "history"
    assert built(page, plant)["sql_out"]["connection"] == "sql"
