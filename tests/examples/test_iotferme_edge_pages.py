"""IoTferme edge in a browser: its three pages show what the gateway says while it says it. Rows I3, I4, I8, I10."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from nodes.simulator.faults import Fault
from tests.examples.conftest import EXAMPLES
from tests.examples.farm import SimulatedFarm
from tests.examples.visitor import add_user, visiting
from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.browser, pytest.mark.timeout(120)]

FLOW = (EXAMPLES / "iotferme_edge" / "iotferme_edge.yaml").read_text()
DEVICES = 4


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[SimulatedFarm]:
    """A gateway with a quick tongue; a few of its frames are spoiled."""
    faults = {"bad_crc": Fault(at_s=(2.0, 3.0, 4.0))}
    async with SimulatedFarm(tmp_path / "ttyESP-GW", "LAB", devices=DEVICES, pace=10, faults=faults) as gateway:
        yield gateway


@pytest.fixture
async def edge(tmp_path: Path, farm: SimulatedFarm, mosquitto: Mosquitto) -> AsyncIterator[EngineProcess]:
    """The example with its pages, which are told of the backlog five times a second."""
    add_user(tmp_path / "data")
    where = {"MQTT_URL": mosquitto.url, "GATEWAY_PORT": str(tmp_path / "ttyESP-GW")}
    options = ["--set", "look_every=200ms"]
    async with EngineProcess(tmp_path, FLOW, environment=where, options=options, editor=True) as process:
        yield process


def widget(page: Page, title: str) -> Locator:
    """A part of the page by its title."""
    return page.get_by_role("region", name=title, exact=True)


def shown(value: float | bool) -> str:
    """A value as a browser in English writes it."""
    return str(value).lower() if isinstance(value, bool) else f"{value:,.3f}".rstrip("0").rstrip(".")


async def test_the_pages_show_what_the_gateway_says(
    edge: EngineProcess, farm: SimulatedFarm, mosquitto: Mosquitto, chromium: Path
) -> None:
    """I3, I10: peers and values as the ledger has them; the backlog grows while the broker is away, and goes."""
    async with visiting(chromium, edge.url) as page:
        await page.goto("/page/iotferme_edge/home")
        gauge = widget(page, "Backlog").get_by_role("meter")
        await expect(gauge).to_have_attribute("aria-valuenow", "0")
        mosquitto.stop()

        async def piles_up() -> bool:  # one that was under way when the broker went may have been its last
            return await edge.metric("spool_records", node="uplink") >= 3

        await until(piles_up)
        await expect(gauge).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
        waiting = int(await gauge.get_attribute("aria-valuenow") or 0)
        assert 0 < waiting <= await edge.metric("spool_records", node="uplink")
        mosquitto.start()
        await expect(gauge).to_have_attribute("aria-valuenow", "0")
        await expect(widget(page, "State")).to_contain_text("ok")
        await until(lambda: len(farm.last_heard()) == DEVICES)
        await farm.stop()
        for asset, report in farm.last_heard().items():
            peer = widget(page, "Peers").get_by_role("row", name=asset)
            for text in (report["mac"], str(report["rssi_dbm"]), report["fw"], report["channel"]):
                await expect(peer).to_contain_text(text)
            for name, value in report["metrics"].items():
                row = widget(page, "Latest values").get_by_role("row", name=f"{asset}/{name}")
                await expect(row.get_by_role("cell").nth(1)).to_have_text(shown(value))


async def test_what_an_operator_orders_reaches_the_line(
    edge: EngineProcess, farm: SimulatedFarm, chromium: Path
) -> None:
    """I4, I8, I10: a lamp switched and told as applied; the clock set, which the gateway tells of in its turn."""
    async with visiting(chromium, edge.url) as page:
        await page.goto("/page/iotferme_edge/commands")
        form = widget(page, "Switch a relay")
        await form.get_by_label("Asset").fill("A-EN-01")
        await form.get_by_label("Relay").fill("lamp")
        await form.get_by_label("State").select_option(label="ON")
        await form.get_by_role("button").click()
        done = widget(page, "The last hour").get_by_role("row", name="A-EN-01")
        await expect(done).to_contain_text("applied")
        [order] = farm.commands("cmd")
        assert (order["asset_id"], order["relay"]) == ("A-EN-01", {"lamp": "ON"})
        await page.goto("/page/iotferme_edge/diag")
        before = farm.commands("time_sync")
        await widget(page, "Set the clock").get_by_role("button").click()
        await until(lambda: len(farm.commands("time_sync")) > len(before))
        told = widget(page, "What the gateway told last")
        await expect(told.get_by_role("row", name="time_synced")).to_be_visible()
        await expect(widget(page, "Spoiled frames today").get_by_role("row", name="frame crc")).to_be_visible()
