"""While the engine is away nothing is green; when it is back, every page goes on by itself."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Console, Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("tank",)
BACK_MS = 60_000


@pytest.mark.timeout(240)
def test_nodes_values_and_alarms_are_unknown_until_the_engine_is_back(
    open_page: Open, plant: Plant, console: Console
) -> None:
    console.allowed += ["WebSocket connection", "Failed to load resource", "ERR_", "503 http", "401 http"]
    plant.inject("tank", "latest", {"value": 40})
    canvas, values = open_page("/flow/tank", "integrator"), open_page("/values", "viewer")
    node = canvas.locator('.react-flow__node[data-id="said"]')
    row = values.get_by_role("button", name="tank/level")
    expect(node).to_contain_text("● ok")
    expect(row).to_contain_text("40")
    plant.stop()
    expect(canvas.get_by_role("alert")).to_contain_text("does not answer")
    for mark in (node, row):
        expect(mark).to_contain_text(re.compile(r"\?\s*unknown"))
        expect(mark).not_to_contain_text("●")
    expect(values.get_by_role("link", name="Alarms: unknown")).to_be_visible()
    check_axe(canvas)
    check_axe(values)
    plant.start()
    plant.inject("tank", "latest", {"value": 41})
    expect(node).to_contain_text("● ok", timeout=BACK_MS)
    expect(row).to_contain_text("41", timeout=BACK_MS)
    expect(row).not_to_contain_text("unknown")


def test_a_page_that_was_opened_during_a_start_goes_on_by_itself(open_page: Open, console: Console) -> None:
    console.allowed += ["503 http", "Failed to load resource"]
    page = open_page("/values", "viewer")
    starting = '{"type": "urn:flowengine:unavailable", "title": "Not ready.", "status": 503}'

    def refuse(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=starting)

    page.route("**/api/v1/session", refuse)
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("The engine does not answer")
    page.unroute("**/api/v1/session")
    expect(page.get_by_role("region", name="Live values")).to_be_visible(timeout=BACK_MS)


def test_a_page_that_no_flow_has_says_so(open_page: Open, console: Console) -> None:
    console.allowed += ["404", "Failed to load resource"]
    page = open_page("/page/tank/nothing", "viewer")
    expect(page.get_by_role("alert")).to_contain_text("There is no such page")


def test_a_session_that_ended_while_the_engine_was_away_leads_to_the_log_in(
    open_page: Open, plant: Plant, console: Console
) -> None:
    console.allowed += ["WebSocket connection", "Failed to load resource", "ERR_", "503 http", "401 http"]
    page = open_page("/values", "viewer")
    expect(page.get_by_role("region", name="Live values")).to_be_visible()
    plant.stop()
    for file in plant.data.glob("accounts*"):
        file.unlink()
    plant.add_users()
    plant.start()
    expect(page.get_by_label("Password")).to_be_visible(timeout=BACK_MS)
