"""What a person reads after an order on a page of the ESP32 server: taken, refused and why, or waiting for somebody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Console, Open
from tests.browser.plant import Plant, running_plant

pytestmark = pytest.mark.browser
EXAMPLE = Path(__file__).parents[2] / "examples/esp32_server/esp32_server.yaml"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The example as it is; no broker listens at port 1."""
    text = EXAMPLE.read_text().replace("mqtt://127.0.0.1:1883", "mqtt://127.0.0.1:1")
    with running_plant(tmp_path_factory.mktemp("plant"), esp32_server=text) as made:
        yield made


def named(form: Locator, name: str) -> None:
    field = form.get_by_label("Nom")
    field.fill(name)
    field.press("Tab")


def test_an_order_says_whether_the_flow_took_it(open_page: Open, console: Console) -> None:
    console.allowed.append("status of 422")
    page = open_page("/page/esp32_server/modules", "operator", locale="fr-FR")
    notices = page.get_by_role("region", name="Avis")
    form = page.locator(".widget", has_text="Ajouter un module")
    named(form, "esp+1")
    form.get_by_role("button", name="Ajouter un module").click()
    expect(notices).to_contain_text("Refusé : Ajouter un module. Nom n’a pas la forme voulue : lettres, chiffres")
    expect(form.get_by_label("Nom")).to_have_value("esp+1")
    named(form, "esp009")
    form.get_by_role("button", name="Ajouter un module").click()
    expect(notices).to_contain_text("Envoyé : Ajouter un module")
    expect(page.get_by_role("row", name="esp009")).to_contain_text("jamais entendu")
    remove = page.locator(".widget", has_text="Supprimer un module")
    named(remove, "esp010")
    remove.get_by_role("button", name="Supprimer un module").click()
    page.get_by_role("dialog").get_by_role("button", name="Supprimer un module").click()
    expect(notices).to_contain_text("Refusé : Supprimer un module. il n’y a rien de ce nom")
    page.get_by_role("button", name="Prendre une photo").click()
    expect(notices).to_contain_text("Refusé : Photo. le broker est absent")
