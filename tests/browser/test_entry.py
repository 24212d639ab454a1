"""First start and log-in, as a person does them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Console
from tests.browser.plant import PASSWORD, Plant, running_plant

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """An engine that nobody has used yet."""
    with running_plant(tmp_path_factory.mktemp("plant"), "hall", users=False) as made:
        yield made


def test_the_first_password_is_set_by_the_printed_link_then_one_logs_out_and_in(
    plant: Plant, context: Callable[..., BrowserContext], console: Console
) -> None:
    page = context().new_page()
    console.listen(page)
    page.goto(plant.setup_link)
    expect(page.get_by_role("heading", name="Set the first password")).to_be_visible()
    check_axe(page)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__node")).not_to_have_count(0)
    assert "#" not in page.url

    page.get_by_role("button", name="Account and settings").click()
    page.get_by_role("button", name="Log out").click()
    console.allowed = ["401 (Unauthorized)"]
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    check_axe(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".react-flow__node")).not_to_have_count(0)


def test_a_french_browser_is_asked_in_french(
    tmp_path: Path, context: Callable[..., BrowserContext], console: Console
) -> None:
    with running_plant(tmp_path / "plant", "hall") as used_before:
        page = context(locale="fr-FR").new_page()
        console.listen(page)
        page.goto(used_before.url)
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.get_by_role("button", name=re.compile("connect", re.IGNORECASE))).to_be_visible()
        check_axe(page)


def test_hostile_addresses_open_nothing(
    plant: Plant, context: Callable[..., BrowserContext], console: Console, tmp_path: Path
) -> None:
    page = context().new_page()
    console.listen(page)
    console.allowed = ["404 (Not Found)"]
    for path in ("/flow/..%2f..%2fetc%2fpasswd", "/flow/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/page/%00/x"):
        page.goto(plant.url + path)
        expect(page.get_by_role("button")).not_to_have_count(0)
