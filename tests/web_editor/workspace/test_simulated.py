"""Every recipe of the cookbook with simulated data: right, with nothing that would reach outside, and alive."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.cookbook import recipes
from flowengine.engine import Engine, Settings
from flowengine.flow.document import Document
from flowengine.node import Sink, Source
from flowengine.runtime.flow import FlowRuntime
from tests.waiting import until
from web_editor.workspace.simulated import EVERY, KEPT, simulated
from web_editor.workspace.starters import free_port


def _nodes(text: str) -> dict[str, dict[str, object]]:
    nodes: dict[str, dict[str, object]] = Document.parse(text, "x").data["nodes"]
    return nodes


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    yield Engine(Settings(tmp_path_factory.mktemp("data")))


@pytest.mark.parametrize("name", recipes())
def test_a_simulated_recipe_is_right_and_reaches_nothing_outside(name: str, engine: Engine) -> None:
    folder = recipes()[name]
    text = simulated((folder / f"{name}.yaml").read_text("utf-8"), engine.catalog, free_port)
    document = Document.parse(text, f"{name}.yaml")
    loaded = engine.load(document, str(folder / f"{name}.yaml"), folder)
    assert [str(each) for each in loaded.problems if each.severity == "error"] == []
    for raw in _nodes(text).values():
        kind = engine.catalog.node(str(raw["type"]))
        outside = issubclass(kind, Source | Sink) and not kind.runs_in_tests
        assert not outside or raw["type"] in ("mqtt_in", *KEPT)
    assert any(raw["type"] in ("inject", "schedule") for raw in _nodes(text).values())


CYCLE = 40
"""Messages of a sender until its numbers are where they began."""

ONCE = {"rest_pages"}
"""Asks by the calendar: once at the start, then at the full hour."""


def _is_through(runtime: FlowRuntime) -> bool:
    """Whether each sender went through a cycle, and each node that takes what came in did so."""
    senders = [each for each in runtime.stations.values() if each.spec.type == "inject"]
    fed = {wire.target.name for each in runtime.stations.values() if each.is_source for wire in each.wires["out"]}
    least = 1 if runtime.flow.name in ONCE else CYCLE
    return all(each.sent >= least for each in senders) and all(runtime.stations[id].received for id in fed)


async def test_every_simulated_recipe_moves_data_through_a_whole_cycle_and_rejects_none(tmp_path: Path) -> None:
    engine = Engine(Settings(tmp_path))
    try:
        for name, folder in recipes().items():
            text = simulated((folder / f"{name}.yaml").read_text("utf-8"), engine.catalog, free_port)
            sped_up = text.replace(f"every: {EVERY}", "every: 20ms")
            await engine.deploy(engine.load(Document.parse(sped_up, name), str(folder / f"{name}.yaml"), folder))
        runtimes = list(engine.runtimes.values())
        await until(lambda: [each.flow.name for each in runtimes if not _is_through(each)] == [])
        rejected = [
            f"{runtime.flow.name}/{id}: {reason}"
            for runtime in runtimes
            for id, station in runtime.stations.items()
            for reason in station.errors
        ]
        assert rejected == []
        assert engine.runtimes["smart_meter"].stations["history"].received > 0
        fix = engine.rtdb.get("gps")
        assert fix is not None and fix.value == {"lat": 48.1173, "lon": 11.516667, "kmh": 41.5}
    finally:
        await engine.stop(0)


def test_bytes_that_a_test_sends_stay_bytes_and_braces_braces() -> None:
    nodes = _made("smart_meter")[1]
    assert nodes["sim_p1_1_moves"]["code"] == "payload = unbase64(base64(payload))\n"
    text = "flow: x\nnodes:\n  a: {type: serial_in, port: x, to: b}\n  b: {type: log}\ntests:\n  - send: {a: [{%s}]}\n"
    made = _nodes(simulated(text % "hex: 00ff", installed(), lambda: 1))
    assert made["a"]["payload"] == "00ff" and made["sim_a_1_moves"]["code"] == "payload = unhex(payload)\n"
    made = _nodes(simulated(text % "raw: '{\"v\": 1}'", installed(), lambda: 1))
    assert made["a"]["payload"] == '{{"v": 1}}'


def test_what_a_test_sends_for_its_flow_to_reject_is_left_out() -> None:
    topics = {node["topic"] for id, node in _made("dew_point")[1].items() if node["type"] == "inject"}
    assert topics == {"rooms/hall/climate", "rooms/cellar/climate"}


def test_what_a_test_sends_moves_by_a_fifth_around_itself() -> None:
    text = (recipes()["dew_point"] / "dew_point.yaml").read_text("utf-8")
    made = simulated(text, installed(), lambda: 18111)
    nodes = _nodes(made)
    assert nodes["sim_field_1"]["topic"] == "rooms/hall/climate" and nodes["sim_field_1"]["every"] == "2s"
    assert "payload.rh = round(50 * (0.8 + abs(state.n % 40 - 20) / 50), 2)" in str(nodes["sim_field_1_moves"]["code"])
    assert nodes["sim_field_1_out"] == {"type": "mqtt_out", "connection": "broker", "topic": "{topic}"}
    assert "mqtt://127.0.0.1:18111" in made
    assert _nodes(made)["comfort"] == _nodes(text)["comfort"]


def _made(recipe: str) -> tuple[str, dict[str, dict[str, object]]]:
    text = simulated((recipes()[recipe] / f"{recipe}.yaml").read_text("utf-8"), installed(), lambda: 18111)
    return text, _nodes(text)


def test_what_is_asked_is_answered_with_the_last_answer_and_needs_no_secret() -> None:
    text, nodes = _made("rest_pages")
    assert '"next": null' in str(nodes["ask"]["code"]) and nodes["ask"]["to"] == ["orders", "more"]
    assert nodes["rows"] == {"type": "log"} and "secret" not in text and "sqlite" not in text


def test_other_sources_send_with_topic_meta_and_moving_numbers() -> None:
    nodes = _made("modbus_meter")[1]
    assert nodes["meters"]["topic"] == "hall" and nodes["sim_meters_2"]["topic"] == "workshop"
    assert nodes["sim_meters_2_moves"]["to"] == ["latest", "history"]
    nodes = _made("opcua_machine")[1]
    assert 'meta.point = "vibration"' in str(nodes["sim_plc_2_moves"]["code"]) + str(nodes["sim_plc_1_moves"]["code"])


def test_a_flow_that_reaches_nothing_stays_as_it_is() -> None:
    text = "flow: x\nnodes:\n  a: {type: inject, to: b}   # ticks\n  b: {type: log}\n"
    assert simulated(text, installed(), lambda: 1) == text
