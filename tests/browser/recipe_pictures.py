"""Pictures of the cookbook's flows on the canvas, for docs/cookbook.md: `python -m tests.browser.recipe_pictures`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, FloatRect, expect, sync_playwright

from flowengine.cookbook import recipes
from tests.browser.conftest import ARGUMENTS
from tests.browser.pictures import IMAGES, fewer_colours
from tests.browser.plant import Plant, running_plant

SIZE = {"width": 1500, "height": 1000}
MARGIN = 24


def file_of(recipe: str) -> str:
    """The name of its picture."""
    return f"recipe-{recipe.replace('_', '-')}.png"


def take(browser: Browser, plant: Plant, recipe: str) -> None:
    """The canvas with the flow that the editor makes of a recipe."""
    plant.call("POST", f"cookbook/{recipe}", {"flow": recipe}, user="integrator")
    person = browser.new_context(locale="en-GB", reduced_motion="reduce", viewport=SIZE, color_scheme="light")
    try:
        host = urlsplit(plant.url).hostname or ""
        cookie = {"name": "flowengine_session", "value": plant.cookie("admin"), "domain": host, "path": "/"}
        person.add_cookies([cookie])  # type: ignore[list-item]
        page = person.new_page()
        page.goto(f"{plant.url}/flow/{recipe}")
        nodes = page.locator(".react-flow__node")
        expect(nodes.first).to_be_visible(timeout=30_000)
        page.wait_for_timeout(700)  # until all of it fits
        file = IMAGES / file_of(recipe)
        page.screenshot(path=file, clip=_around([box for node in nodes.all() if (box := node.bounding_box())]))
        fewer_colours(file)
    finally:
        person.close()


def _around(boxes: list[FloatRect]) -> FloatRect:
    """What holds all of these, with a margin."""
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right = max(box["x"] + box["width"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    return {
        "x": left - MARGIN,
        "y": top - MARGIN,
        "width": right - left + 2 * MARGIN,
        "height": bottom - top + 2 * MARGIN,
    }


def main(names: list[str]) -> None:
    """Take these pictures, or all."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        with running_plant(Path(folder), "hall") as plant:
            for recipe in names or recipes():
                take(browser, plant, recipe)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
