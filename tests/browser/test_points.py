"""Points are picked from an OPC UA server's address space in a node's form, and read before a deploy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant, running_plant
from tests.servers.ports import next_free_port

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PRESS = """flow: press
connections:
  machine: {{type: opcua, url: "opc.tcp://127.0.0.1:{port}/machine", timeout: 10s}}
nodes:
  read: {{type: opcua_in, connection: machine, every: 1h, to: end,
    points: [{{name: gone, address: "ns=2;s=nowhere"}}]}}
  end: {{type: log, level: debug}}
"""


METER = """flow: meter
connections:
  bus: {type: modbus, url: "tcp://127.0.0.1:9"}
nodes:
  read:
    type: modbus_in
    connection: bus
    every: 1h
    points:
      - {name: volts, address: 0, type: f32, table: input} # as it is written
    to: end
  end: {type: log, level: debug}
"""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """An engine beside a simulated press."""
    port, folder = next_free_port(), Path(tmp_path_factory.mktemp("plant"))
    command = [sys.executable, "-m", "flowengine", "simulate", "opcua", "--listen", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as simulator:
        try:
            assert simulator.stdout is not None
            simulator.stdout.readline()  # it serves
            with running_plant(folder, press=PRESS.format(port=port), meter=METER) as made:
                yield made
        finally:
            simulator.kill()


def select(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def test_points_are_picked_in_the_servers_folders_and_read_at_once(open_page: Open) -> None:
    page = open_page("/flow/press")
    select(page, "read")
    page.get_by_role("button", name="Pick points…").click()
    picker = page.get_by_role("dialog", name="Points of machine")
    picker.get_by_role("button", name="Line1 ›").click()
    picker.get_by_role("checkbox", name="Temperature").check()
    expect(picker.get_by_role("row", name="Speed")).to_contain_text("Int16, may be written")
    picker.get_by_role("checkbox", name="Speed").check()
    check_axe(page)
    picker.get_by_role("button", name="Add 2 points").click()
    page.get_by_role("button", name="Read points now").click()
    now = page.get_by_role("table", name="Points at this moment")
    expect(now.get_by_role("row", name="Speed")).to_contain_text("900")
    expect(now.get_by_role("row", name="gone")).to_contain_text("BadNodeIdUnknown")
    page.get_by_role("button", name="Pick points…").click()
    picker.get_by_role("button", name="Line1 ›").click()
    expect(picker.get_by_role("checkbox", name="Speed")).to_be_disabled()
    picker.get_by_role("button", name="Objects").click()
    expect(picker.get_by_role("button", name="Server ›")).to_be_visible()


PASTE = """(cell, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_points_are_pasted_from_a_spreadsheet_into_a_table_and_applied_at_once(open_page: Open, plant: Plant) -> None:
    page = open_page("/flow/meter")
    select(page, "read")
    page.get_by_role("button", name="As a table…").click()
    table = page.get_by_role("dialog", name="Points")
    expect(table.get_by_label("Name, row 1", exact=True)).to_be_focused()
    expect(table.get_by_label("Name, row 1", exact=True)).to_have_value("volts")
    rows = "\n".join(
        ["address\tname\ttype\tscale", *(f"{n * 2}\tp{n}\tf32\t0.1" for n in range(150)), "x\tlast\tf32\t"]
    )
    table.get_by_label("Name, row 2", exact=True).evaluate(PASTE, rows)
    check_axe(page)
    expect(table.get_by_role("alert")).to_have_text("Row 152: Address is not right.")
    expect(table.get_by_role("button", name="Apply")).to_be_disabled()
    table.get_by_role("button", name="After").click()
    wrong = table.get_by_label("Address, row 152", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    wrong.fill("300")
    wrong.press("Enter")
    expect(table.get_by_label("Address, row 153", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(table.get_by_role("alert")).to_have_text("What you typed here is not applied.")
    table.get_by_role("button", name="Apply").click()
    expect(table).to_have_count(0)
    expect(page.get_by_text("The first 12 of 152; the table has them all.")).to_be_visible()
    page.get_by_role("button", name="As a table…").click()
    expect(table.get_by_label("Multiply by, row 2", exact=True)).to_have_value("0.1")
    table.get_by_role("button", name="Cancel").click()
    text = plant.call("GET", "flows/meter")["text"]
    points = yaml.safe_load(text)["nodes"]["read"]["points"]
    assert len(points) == 152 and points[-1] == {"name": "last", "address": 300, "type": "f32"}
    assert "# as it is written" in text
    page.keyboard.press("Control+z")
    expect(page.get_by_text("The first 12 of 152")).to_have_count(0)


def test_it_is_told_in_french(open_page: Open) -> None:
    page = open_page("/flow/press", locale="fr-FR")
    select(page, "read")
    expect(page.get_by_role("button", name="Lire les points")).to_be_visible()
