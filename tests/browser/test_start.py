"""The first minute on an empty engine: a flow of the cookbook lives after one click, a tour, a file that is dropped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant, running_plant

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """An engine without a flow."""
    with running_plant(tmp_path_factory.mktemp("plant")) as made:
        yield made


def test_an_empty_engine_offers_a_flow_that_lives_after_one_click_and_a_tour(open_page: Open) -> None:
    page = open_page("/")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    card = page.get_by_role("article", name="Dew point by room")
    expect(card.locator("svg.flow-picture rect")).to_have_count(5)
    expect(card).to_contain_text("close to condensing")
    check_axe(page)
    card.get_by_role("button", name="Try with simulated data").click()

    tour = page.get_by_role("region", name="Tour of the editor")
    expect(tour).to_contain_text("1 of 6")
    check_axe(page)
    for number in range(2, 7):
        page.keyboard.press("Enter")
        expect(tour).to_contain_text(f"{number} of 6")
    page.get_by_role("button", name="Done").click()
    expect(tour).to_have_count(0)
    expect(page.locator(".react-flow__node[data-id=tell]")).to_contain_text("● ok")
    expect(page.locator(".wire-label", has_text="/s")).not_to_have_count(0)


def test_a_flow_file_dropped_on_the_page_is_asked_about_and_opened(open_page: Open) -> None:
    page = open_page("/start", locale="fr-FR")
    expect(page.get_by_role("article").first).to_contain_text("Essayer avec des données simulées")
    page.evaluate("""() => {
        const carried = new DataTransfer();
        carried.items.add(new File(["flow: brought\\nnodes:\\n  a: {type: inject}\\n"], "x.yaml"));
        document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
    }""")
    dialog = page.get_by_role("dialog", name="Importer un flux")
    expect(dialog.get_by_role("textbox").last).to_have_value("brought")
    check_axe(page)
    dialog.get_by_role("button", name="Importer un flux").click()
    expect(page.locator(".react-flow__node[data-id=a]")).to_be_visible()


def test_an_operator_is_offered_nothing_to_build(open_page: Open) -> None:
    page = open_page("/start", role="operator")
    expect(page.get_by_text("There are no flows yet.").or_(page.get_by_role("heading", name="Pages"))).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(0)
