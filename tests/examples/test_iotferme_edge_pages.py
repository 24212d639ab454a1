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
    faults = {"bad_crc": Fault(at_s=(2.0, 3.0, 4.0, 20.0, 30.0))}  # an engine that starts slowly hears the last two
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
    if isinstance(value, bool):
        return "en marche" if value else "arrêtée"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


KINDS = {"env": "air", "power": "électricité", "water": "eau"}
MEASURES = {
    "t_c": ("température", "°C"), "rh": ("humidité", "%"), "lux": ("lumière", "lx"), "voltage_v": ("tension", "V"),
    "current_a": ("courant", "A"), "energy_wh": ("énergie", "Wh"), "level_l": ("niveau", "L"),
    "flow_l_min": ("débit", "L/min"), "pump_on": ("pompe", ""),
}  # fmt: skip


async def test_the_pages_show_what_the_gateway_says(
    edge: EngineProcess, farm: SimulatedFarm, mosquitto: Mosquitto, chromium: Path
) -> None:
    """I3, I10: peers and values as the ledger has them; the backlog grows while the broker is away, and goes."""
    async with visiting(chromium, edge.url) as page:
        await page.goto("/page/iotferme_edge/home")
        gauge = widget(page, "Mesures en attente").get_by_role("meter")
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
        await expect(widget(page, "État de la liaison")).to_contain_text("à jour")
        await until(lambda: len(farm.last_heard()) == DEVICES)
        await farm.stop()
        for asset, report in farm.last_heard().items():
            peer = widget(page, "Appareils").get_by_role("row", name=asset)
            for text in (report["mac"], str(report["rssi_dbm"]), report["fw"], KINDS[report["channel"]]):
                await expect(peer).to_contain_text(text)
            for name, value in report["metrics"].items():
                word, unit = MEASURES[name]
                row = widget(page, "Dernières valeurs").get_by_role("row", name=f"{asset} {word}")
                await expect(row.get_by_role("cell").nth(2)).to_have_text(f"{shown(value)} {unit}".strip())


async def test_what_an_operator_orders_reaches_the_line(
    edge: EngineProcess, farm: SimulatedFarm, chromium: Path
) -> None:
    """I4, I8, I10: a lamp switched and told as applied; the clock set, which the gateway tells of in its turn."""
    async with visiting(chromium, edge.url) as page:
        await page.goto("/page/iotferme_edge/commands")
        form = widget(page, "Commuter un relais")
        await form.get_by_label("Appareil").fill("A-EN-01")
        await form.get_by_label("Relais").fill("lamp")
        await form.get_by_label("État").select_option(label="marche")
        await form.get_by_role("button").click()
        done = widget(page, "La dernière heure").get_by_role("row", name="A-EN-01")
        for cell in ("relais", "lampe", "marche", "répondu", "fait"):
            await expect(done).to_contain_text(cell)
        [order] = farm.commands("cmd")
        assert (order["asset_id"], order["relay"]) == ("A-EN-01", {"lamp": "ON"})
        await page.goto("/page/iotferme_edge/diag")
        before = farm.commands("time_sync")
        await widget(page, "Mettre la passerelle à l’heure").get_by_role("button").click()
        await until(lambda: len(farm.commands("time_sync")) > len(before))
        told = widget(page, "Dernières nouvelles de la passerelle")
        await expect(told.get_by_role("row", name="à l’heure").first).to_be_visible()
        spoiled = widget(page, "Trames abîmées aujourd’hui").get_by_role("row", name="somme de contrôle")
        await expect(spoiled.get_by_role("cell").nth(1)).to_have_text(re.compile("^(1 trame|[2-5] trames)$"))


async def test_a_new_device_is_paired_and_the_page_says_when_it_is_over(
    edge: EngineProcess, farm: SimulatedFarm, chromium: Path
) -> None:
    """I4, I10: pairing opens, the new device is among the others, and pairing ends when somebody says so."""
    async with visiting(chromium, edge.url) as page:
        await page.goto("/page/iotferme_edge/diag")
        form, state = widget(page, "Appairer un appareil"), widget(page, "Appairage")
        await form.get_by_label("Durée").fill("90")
        await form.get_by_role("button").click()
        await expect(state).to_contain_text("ouvert pour 90 s")
        news = widget(page, "Dernières nouvelles de la passerelle")
        await expect(news.get_by_role("row", name="appareil appairé")).to_contain_text(f"A-PO-0{DEVICES + 1}")
        await widget(page, "Terminer l’appairage").get_by_role("button").click()
        await expect(state).to_contain_text("terminé")
        await expect(news.get_by_role("row", name="appairage terminé")).to_contain_text("arrêté ici")
        await page.goto("/page/iotferme_edge/home")
        rows = widget(page, "Appareils").get_by_role("row")
        await expect(rows).to_have_count(1 + DEVICES + 1)
