"""A flow too large for the page: drawn as a whole from afar, with elements only for what is near when close."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant, running_plant

pytestmark = pytest.mark.browser
NODES, CHAIN, ODD = 500, 10, 21
PATIENCE_S = 60.0
"""For what takes one second on a quiet machine."""

PIXELS = """async ([colour, picture]) => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(${colour})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    probe.remove();
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, image.width, image.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) found++;
    return found;
}"""
PLACE = """(number) => {
    const { transform } = document.querySelector(".react-flow__viewport").style;
    const [x, y, zoom] = transform.match(/-?[\\d.]+/g).map(Number);
    const { left, top } = document.querySelector(".react-flow").getBoundingClientRect();
    return [left + x + (24 + 244 * number + 88) * zoom, top + y + (24 + 32) * zoom, zoom];
}"""


def large() -> str:
    """Fifty chains of ten nodes; one filter rejects what it gets."""
    lines = ["flow: large", "nodes:"]
    for start in range(0, NODES, CHAIN):
        source = f"type: simulate, signals: {{v: {{offset: 5}}}}, devices: [d{start}], every: 1s"
        lines.append(f"  n{start}: {{{source}, to: n{start + 1}}}")
        for i in range(start + 1, start + CHAIN - 1):
            lines.append(f"  n{i}: {{type: filter, where: {'payload > 1' if i == ODD else 'true'}, to: n{i + 1}}}")
        lines.append(f"  n{start + CHAIN - 1}: {{type: log, level: debug}}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with running_plant(tmp_path_factory.mktemp("plant"), large=large()) as made:
        yield made


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page("/flow/large")
    expect(page.locator(f".overlay[data-drawn='{NODES}']")).to_be_attached()
    return page


def place(page: Page, number: int) -> Any:
    """Where the n-th node of the first chain is on the screen, and the scale."""
    return page.evaluate(PLACE, number)


def test_five_hundred_nodes_are_there_without_elements(open_page: Open) -> None:
    page = open_page("/flow/large")
    expect(page.locator(f".overlay[data-drawn='{NODES}']")).to_be_attached()
    expect(page.locator(".react-flow__node")).to_have_count(0)
    check_axe(page)


def test_states_show_from_afar(page: Page) -> None:
    canvas = page.locator(".canvas")

    def seen(colour: str) -> int:
        picture = base64.b64encode(canvas.screenshot()).decode()
        return int(page.evaluate(PIXELS, [colour, picture]))

    until_s = time.monotonic() + PATIENCE_S
    while not (seen("--ok") > 2000 and seen("--warn") > 4):
        assert time.monotonic() < until_s, (seen("--ok"), seen("--warn"))


def test_a_click_selects_a_double_click_goes_close_and_a_rectangle_selects_many(page: Page) -> None:
    x, y, zoom = place(page, 0)
    assert zoom < 0.5
    page.mouse.click(x, y)
    properties = page.get_by_role("tabpanel", name="Properties")
    expect(properties.get_by_role("heading", name="n0", exact=True)).to_be_visible()
    page.keyboard.down("Control")
    page.mouse.click(*place(page, 2)[:2])
    page.keyboard.up("Control")
    expect(properties).to_contain_text("2 nodes selected")

    page.keyboard.down("Shift")
    page.mouse.move(x - 110 * zoom, y - 50 * zoom)
    page.mouse.down()
    page.mouse.move(x + (244 * 3 + 110) * zoom, y + 40 * zoom, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(properties).to_contain_text("4 nodes selected")

    page.mouse.dblclick(*place(page, 1)[:2])
    near = page.locator('.react-flow__node[data-id="n1"]')
    expect(near).to_contain_text("● ok")
    assert page.locator(".react-flow__node").count() < NODES / 4
    check_axe(page)


def test_what_comes_into_view_when_close_gets_its_elements(page: Page) -> None:
    page.mouse.dblclick(*place(page, 1)[:2])
    expect(page.locator('.react-flow__node[data-id="n1"]')).to_be_visible()
    box = page.locator('.react-flow__node[data-id="n1"]').bounding_box()
    assert box is not None
    row = 92 * place(page, 1)[2]
    x, y = box["x"] - 12, box["y"] + box["height"] + 12  # between two rows, where nothing lies
    for _ in range(4):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y - 3 * row, steps=6)
        page.mouse.up()
    expect(page.locator('.react-flow__node[data-id="n1"]')).to_have_count(0)
    expect(page.locator('.react-flow__node[data-id="n121"]')).to_contain_text("filter")
    expect(page.locator(".react-flow__edge").first).to_be_attached()


def test_the_outline_leads_to_a_node_far_away_and_the_map_back(page: Page) -> None:
    page.get_by_role("tab", name="Outline").click()
    page.get_by_role("searchbox", name="Find in the outline").or_(
        page.locator('[data-panel="outline"] input')
    ).first.fill("n499")
    page.get_by_role("treeitem", name="n499").click()
    expect(page.locator('.react-flow__node[data-id="n499"]')).to_be_focused()
    expect(page.locator('.react-flow__node[data-id="n499"]')).to_be_visible()
    box = page.get_by_role("img", name="Overview").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    expect(page.locator('.react-flow__node[data-id="n499"]')).to_have_count(0)
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(f".overlay[data-drawn='{NODES}']")).to_be_attached()


def test_all_nodes_move_together_though_only_some_are_near(page: Page, plant: Plant) -> None:
    page.mouse.dblclick(*place(page, 1)[:2])
    near = page.locator('.react-flow__node[data-id="n1"]')
    expect(near).to_be_visible()
    page.keyboard.press("Control+a")
    expect(page.get_by_role("tabpanel", name="Properties")).to_contain_text("500 nodes selected")
    box = near.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 110, steps=5)
    page.mouse.up()
    page.wait_for_function("() => !document.querySelector('[data-unsent]')")
    positions = [node["position"] for node in plant.call("GET", "flows/large")["graph"]["nodes"]]
    assert all(positions) and len({each["y"] for each in positions if each["y"] < 300}) > 1
    plant.file("large").with_name("large.layout.yaml").unlink()
