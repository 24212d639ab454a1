"""A secret is written beside the field that needs it, goes to the engine, and is never shown again."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("blank",)
VALUE = "correct horse battery"


def test_a_secret_is_written_once_and_never_shown(open_page: Open, plant: Plant) -> None:
    page = open_page("/secrets")
    page.get_by_role("button", name="New secret").click()
    page.get_by_label("Name", exact=True).fill("broker")
    page.get_by_label("Value", exact=True).fill(VALUE)
    check_axe(page)
    page.get_by_role("button", name="Keep it").click()
    row = page.get_by_role("row").filter(has_text="broker")
    expect(row).to_contain_text("kept here")
    expect(row).to_contain_text("integrator")
    check_axe(page)
    page.reload()
    expect(row).to_be_visible()
    assert VALUE not in page.content() and VALUE not in plant.log.read_text()
    assert (plant.data / "secrets" / "broker").stat().st_mode & 0o777 == 0o600
