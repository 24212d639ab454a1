"""Every recipe of the cookbook with simulated data: right, with nothing that would reach outside, and alive."""

from collections.abc import Iterator

import pytest

from flowengine.catalog import installed
from flowengine.cookbook import recipes
from flowengine.engine import Engine, Settings
from flowengine.flow.document import Document
from flowengine.node import Sink, Source
from web_editor.workspace.simulated import KEPT, simulated
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
