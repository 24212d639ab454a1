"""Pictures of every screen for docs/images, and the page that shows them: `python -m tests.browser.pictures [NAME…]`.

A person looks at them. Which screens there are is in `screens`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import ARGUMENTS
from tests.browser.plant import Plant, running_plant
from tests.browser.screens import SCREENS, Screen

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs/images"
GALLERY = ROOT / "docs/editor-gallery.md"
INTRODUCTION = (
    "`python -m tests.browser.pictures` takes them and writes this page. [The editor](editor.md) says what they show."
)
WARM_UP_S = 60
"""Curves, rates and alarms need some time to be worth a picture."""

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True},
}


def file_of(screen: Screen, look: str) -> str:
    """The name of a picture."""
    return f"{screen.name}-{look}.png"


def gallery(screens: Iterable[Screen]) -> str:
    """The page with all pictures."""
    lines = ["# The editor in pictures", "", INTRODUCTION]
    for screen in screens:
        wide = [look for look in screen.looks if look != "phone"]
        shown = [f"![{screen.title}, {look}](images/{file_of(screen, look)})" for look in wide]
        phone = [f"![{screen.title}, on a phone](images/{file_of(screen, 'phone')})"] if "phone" in screen.looks else []
        lines += ["", f"## {screen.title}", "", *shown, *([""] if wide and phone else []), *phone]
    return "\n".join(lines) + "\n"


def take_all(browser: Browser, plant: Plant, screens: Iterable[Screen]) -> list[str]:
    """Every picture of these screens that can be taken; what went wrong with the others."""
    failed = []
    for screen in screens:
        for look in screen.looks:
            try:
                take(browser, plant, screen, look)
            except (PlaywrightError, AssertionError) as fault:
                failed.append(f"{file_of(screen, look)}: {fault}")
    return failed


def take(browser: Browser, plant: Plant, screen: Screen, look: str) -> None:
    """One picture."""
    person = browser.new_context(locale="en-GB", reduced_motion="reduce", **LOOKS[look])
    person.set_default_timeout(10_000)
    try:
        first_start = not screen.path
        if not first_start:
            host = urlsplit(plant.url).hostname or ""
            cookie = {"name": "flowengine_session", "value": plant.cookie(screen.role), "domain": host, "path": "/"}
            person.add_cookies([cookie])  # type: ignore[list-item]
        page = person.new_page()
        page.goto(plant.setup_link if first_start else plant.url + screen.path)
        screen.prepare(page, plant)
        page.wait_for_timeout(700)  # numbers come four times a second
        file = IMAGES / file_of(screen, look)
        page.screenshot(path=file)
        fewer_colours(file)
    finally:
        person.close()


def fewer_colours(file: Path) -> None:
    """A screen has few colours: a palette takes a third of the room. Left as it is where there is no pngquant."""
    if shutil.which("pngquant"):
        options = ["--force", "--skip-if-larger", "--strip", "--nofs", "--ext", ".png"]
        subprocess.run(["pngquant", *options, file], check=False)  # 98: it would have been larger


AWAY = """flow: away
title: To the head office

connections:
  office: {type: mqtt, url: "mqtt://127.0.0.1:9"}

nodes:
  tick: {type: inject, every: 5s, to: up}
  up: {type: mqtt_out, connection: office, topic: plant/up}
"""
"""Nobody answers there: something to see among the problems."""


@contextmanager
def lived_in(folder: Path) -> Iterator[Plant]:
    """A plant in which something has happened."""
    with running_plant(folder, "hall", "halls", "cooling", "tank", away=AWAY) as plant:
        for number in range(4):
            plant.inject("hall", "commands", {"number": number, "from": "hmi"})
            plant.inject("tank", "latest", {"value": 40 + number})
            time.sleep(0.5)
        plant.inject("hall", "notes", "door 2 was open for 40 s")
        for name, role in (("report", "viewer"), ("scada", "operator")):
            plant.call("POST", "tokens", {"name": name, "role": role, "expires_ms": None})
        plant.call("POST", "flows/hall/pages/hall/widgets/purge", {"value": None}, user="operator")
        flow = plant.call("GET", "flows/hall")
        text = flow["text"].replace("hot_c: 8 ", "hot_c: 9 ", 1)
        flow = plant.call("PUT", "flows/hall", {"text": text}, If_Match=flow["etag"], user="integrator")
        comment = {"comment": "eight was too low in summer"}
        plant.call("POST", "flows/hall/deploy", comment, If_Match=flow["etag"], user="integrator")
        time.sleep(WARM_UP_S)
        yield plant


def main(names: list[str]) -> None:
    """Take these pictures, or all."""
    failed: list[str] = []
    chosen = [screen for screen in SCREENS if not names or screen.name in names]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        if used := [screen for screen in chosen if screen.path]:
            with lived_in(Path(folder) / "used") as plant:
                failed += take_all(browser, plant, used)
        if fresh := [screen for screen in chosen if not screen.path]:
            with running_plant(Path(folder) / "fresh", "hall", users=False) as plant:
                failed += take_all(browser, plant, fresh)
        browser.close()
    GALLERY.write_text(gallery(SCREENS))
    sys.exit("\n\n".join(failed))


if __name__ == "__main__":
    main(sys.argv[1:])
