"""A connection is made and tried from the form of the node that needs it."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank",)


def test_a_connection_is_made_above_the_node_tried_and_chosen(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/blank")
    page.get_by_role("button", name="SQL out").click()
    page.get_by_role("button", name="New connection for Connection").click()
    form = page.get_by_role("dialog", name="Connection: sql")
    form.get_by_label("Address (URL)").fill("postgresql://me@127.0.0.1:9/x")
    form.get_by_label("Address (URL)").press("Tab")
    form.get_by_role("button", name="Test").click()
    expect(form).to_contain_text("No: nothing listens at 127.0.0.1:9")
    form.get_by_label("Address (URL)").fill("sqlite:///history.db")
    form.get_by_label("Address (URL)").press("Tab")
    form.get_by_role("button", name="Test").click()
    expect(form).to_contain_text("It answers")
    expect(form).to_contain_text("SQLite")
    form.get_by_role("button", name="New…").click()
    expect(page.get_by_role("dialog", name="New secret")).to_be_visible()
    check_axe(page)
    page.keyboard.press("Escape")
    form.get_by_role("button", name="Done").click()
    expect(page.get_by_role("combobox", name="Connection", exact=True)).to_have_value("sql")
    text = plant.call("GET", "flows/blank")["text"]
    assert "connection: sql" in text and "sqlite:///history.db" in text
