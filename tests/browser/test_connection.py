"""A connection's page: which device is silent, what it refuses, the last frames; read now; in French."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant, running_plant
from tests.servers.ports import next_free_port

pytestmark = pytest.mark.browser
BUS = """flow: bus
connections:
  meters: {{type: modbus, url: "tcp://127.0.0.1:{port}", timeout: 300ms}}
nodes:
  one: {{type: modbus_in, connection: meters, unit: 1, every: 500ms, to: end,
    points: [{{name: t, address: 0}}, {{name: b, address: 900}}]}}
  gone: {{type: modbus_in, connection: meters, unit: 77, every: 500ms, to: end,
    points: [{{name: t, address: 0}}]}}
  set: {{type: modbus_out, connection: meters, unit: 1, points: [{{name: sp, address: 20, scale: 0.1}}], to: end}}
  end: {{type: log, level: debug}}
pages:
  heater:
    title: Heater
    widgets:
      sp: {{type: setpoint, title: Warmth, key: sp, point: sp, min: 10, max: 60, unit: °C, to: set, confirm: Heat now?}}
"""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """An engine beside a simulated bus with one meter."""
    port, folder = next_free_port(), Path(tmp_path_factory.mktemp("plant"))
    command = [
        sys.executable,
        "-m",
        "flowengine",
        "simulate",
        "modbus",
        "--devices",
        "1",
        "--listen",
        f"127.0.0.1:{port}",
    ]
    simulator = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with running_plant(folder, bus=BUS.format(port=port)) as made:
            yield made
    finally:
        simulator.terminate()
        simulator.wait(20)


def test_one_look_says_why_a_value_is_bad(open_page: Open) -> None:
    page = open_page("/engine", "operator")
    page.get_by_role("link", name="bus/meters").click()
    one, gone = page.get_by_role("region", name="1", exact=True), page.get_by_role("region", name="77", exact=True)
    expect(one.get_by_role("row", name="holding 900")).to_contain_text("illegal data address")
    expect(gone).to_contain_text("no answer")
    expect(page.get_by_role("region", name="Last frames")).to_contain_text("01 03 00")
    check_axe(page)
    gone.get_by_role("button", name="Read now").click()
    expect(page.get_by_role("region", name="Notices")).to_contain_text("77 is read now")


def test_a_set_point_takes_numbers_as_french_people_type_them(open_page: Open) -> None:
    """A number field of the browser takes the machine's decimal sign only, whatever the page's language."""
    page = open_page("/page/bus/heater", "operator", locale="fr-FR")
    warmth = page.get_by_role("spinbutton", name="Warmth")
    warmth.fill("61,5")
    expect(page.get_by_role("alert")).to_contain_text("De 10 à 60")
    warmth.fill("33,5")
    expect(page.get_by_role("button", name="Warmth")).to_be_enabled()
    warmth.press("ArrowUp")
    expect(warmth).to_have_value("34,5")
    warmth.press("ArrowDown")
    page.get_by_role("button", name="Warmth").click()
    page.get_by_role("dialog").get_by_role("button", name="Warmth").click()
    expect(page.locator("summary", has_text="Écrit")).to_be_visible()
    page.locator("summary", has_text="Écrit").click()
    expect(page.get_by_role("cell", name="33,5", exact=True).first).to_be_visible()
    check_axe(page)


def test_a_set_point_asks_writes_and_says_what_became_of_it(open_page: Open) -> None:
    page = open_page("/page/bus/heater", "operator")
    page.get_by_role("spinbutton", name="Warmth").fill("99")
    expect(page.get_by_role("alert")).to_contain_text("From 10 to 60")
    expect(page.get_by_role("button", name="Warmth")).to_be_disabled()
    page.get_by_role("spinbutton", name="Warmth").fill("33.5")
    page.get_by_role("button", name="Warmth").click()
    expect(page.get_by_role("dialog")).to_contain_text("Heat now?")
    page.get_by_role("dialog").get_by_role("button", name="Warmth").click()
    page.locator("summary", has_text="Written").click()
    expect(page.get_by_role("row", name="operator")).to_contain_text("33.5")
    check_axe(page)


def test_it_is_told_in_french_and_a_viewer_reads_nothing_now(open_page: Open) -> None:
    page = open_page("/connection/bus/meters", "operator", locale="fr-FR")
    expect(page.get_by_role("heading", name="Dernières trames")).to_be_visible()
    page = open_page("/connection/bus/meters", "viewer", locale="fr-FR")
    expect(page.get_by_role("row", name="holding 900")).to_contain_text("l’appareil n’a pas cette adresse")
    expect(page.get_by_role("region", name="Nœuds qui s’en servent")).to_contain_text("modbus_in")
    expect(page.get_by_role("heading", name="Dernières trames")).to_have_count(0)
    expect(page.get_by_text("Délais dépassés").first).to_be_visible()
    expect(page.get_by_role("button", name="Lire maintenant")).to_have_count(0)
    check_axe(page)
