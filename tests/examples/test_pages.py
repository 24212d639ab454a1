"""The operator pages of the examples: declared right, and what is pressed reaches the modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowengine.engine import Engine, Settings
from flowengine.flow.pages import read_page, read_widget
from flowengine.message import Message
from flowengine.runtime.inject import inject
from flowengine.secrets import SecretStore
from tests.examples.classroom import TOKENS
from tests.examples.conftest import EXAMPLES
from tests.examples.ledgered import Devices
from tests.servers.ports import next_free_port

PRESSES = [
    ("esp32_server", "pressed", Message(1, "esp001/DO1"), "esp/esp001/cmd", {"DO1": 1}),
    ("esp32_server", "pressed", Message(1, "cam001/flash"), "esp/cam001/cmd", {"flash": 1}),
    (
        "m5stack_huskylens",
        "page_start",
        Message({"mission_id": 2}),
        "m5stack/control/start",
        {"type": "start", "mission_id": 2},
    ),
    ("m5stack_huskylens", "page_stop", Message({}), "m5stack/control/stop", {"type": "stop"}),
    (
        "croissance",
        "page_asks",
        Message({"module": "m1", "sensor": "co2", "interval": 60}),
        "m1/sensors/config",
        {"sensors": {"co2": {"interval": 60}}},
    ),
]


def loaded(name: str, folder: Path, url: str) -> tuple[Engine, Any]:
    """An engine, and the example with a broker inside."""
    surroundings = {**TOKENS, "LOG_DIR": str(folder)}
    overrides = {"mqtt_url": url, "mqtt_embedded": True}
    engine = Engine(Settings(folder, surroundings, SecretStore(surroundings), overrides))
    return engine, engine.load_file(EXAMPLES / name / f"{name}.yaml")


@pytest.mark.parametrize("name", ["croissance", "esp32_server", "iotferme_cloud", "iotferme_edge", "m5stack_huskylens"])
def test_every_widget_can_be_drawn_and_gives_to_a_node_that_is_there(name: str, tmp_path: Path) -> None:
    _, found = loaded(name, tmp_path, "mqtt://127.0.0.1:1")
    widgets = [read_widget(raw) for page in found.flow.pages.values() for raw in read_page(page).widgets.values()]
    assert len(widgets) >= 3
    assert {widget.to for widget in widgets if hasattr(widget, "to")} <= set(found.flow.nodes)


@pytest.mark.parametrize(("name", "node", "message", "topic", "told"), PRESSES)
async def test_what_is_pressed_reaches_the_module(
    name: str, node: str, message: Message, topic: str, told: Any, tmp_path: Path
) -> None:
    """E4, E10, C11, M14: switch, button and form of the page, through the broker."""
    url = f"mqtt://127.0.0.1:{next_free_port()}"
    engine, found = loaded(name, tmp_path, url)
    await engine.deploy(found)
    try:
        async with Devices(url) as modules:
            hearing = modules.hearing(topic)
            await hearing.ready()
            inject(engine.flows[name], engine.services, node, message)
            assert json.loads(await hearing.first()) == told
    finally:
        await engine.stop(1)
