"""A value that stops coming is marked wherever it is shown, with its age, until the next one comes."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("tank",)
STALE_AFTER_MS = 70_000  # ten seconds without a value, and some for a busy machine
WIDGETS = ("Level", "Fill", "Last minutes", "Pump", "Every point")


def widget(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


@pytest.mark.timeout(180)
def test_a_value_that_stops_coming_is_marked_stale_with_its_age_until_one_comes(open_page: Open, plant: Plant) -> None:
    plant.inject("tank", "latest", {"value": 40})
    table, page = open_page("/values", "viewer"), open_page("/page/tank/tank", "viewer")
    expect(widget(page, "Level")).to_contain_text("40")
    for level in (41, 42, 43):
        plant.inject("tank", "latest", {"value": level})
        expect(widget(page, "Level")).to_contain_text(str(level))
    row = table.get_by_role("button", name="tank/level")
    expect(row).to_contain_text("good")
    for name in WIDGETS:
        expect(widget(page, name)).not_to_contain_text("Stale")

    expect(row).to_contain_text("Stale", timeout=STALE_AFTER_MS)
    expect(row.locator("time")).to_have_text(re.compile(r"^1\d s$"))
    expect(row.locator(".state", has=table.locator("time"))).to_contain_text("▲")
    for name in WIDGETS:
        expect(widget(page, name)).to_contain_text("Stale")
        expect(widget(page, name).locator("time").first).to_have_text(re.compile(r"^1\d s$"))
    check_axe(table)
    check_axe(page)

    plant.inject("tank", "latest", {"value": 44})
    expect(row).to_contain_text("good")
    expect(row).not_to_contain_text("▲")
    for name in WIDGETS:
        expect(widget(page, name)).not_to_contain_text("Stale")


def test_the_node_that_writes_a_stale_point_says_so_on_the_canvas(open_page: Open, plant: Plant) -> None:
    plant.inject("tank", "latest", {"value": 40})
    node = open_page("/flow/tank", "viewer").locator('.react-flow__node[data-id="latest"]')
    expect(node).to_contain_text("1 stale", timeout=STALE_AFTER_MS)
    french = open_page("/flow/tank", "viewer", locale="fr-FR").locator('.react-flow__node[data-id="latest"]')
    expect(french).to_contain_text("périmées : 1")
    plant.inject("tank", "latest", {"value": 41})
    expect(node).not_to_contain_text("stale")


def test_a_value_of_an_earlier_run_is_stale_until_it_comes_again(open_page: Open, plant: Plant) -> None:
    plant.inject("tank", "latest", {"value": 50})
    plant.stop()
    plant.start()
    page = open_page("/values", "viewer")
    row = page.get_by_role("button", name="tank/level")
    expect(row).to_contain_text("50")
    expect(row).to_contain_text("Stale")
    plant.inject("tank", "latest", {"value": 51})
    expect(row).to_contain_text("good")
