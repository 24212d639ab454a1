"""The pipelines of tests/vectors/pipelines.json whose point is when something happens, through the examples' flows.

Each becomes a flow test; doubles stand for broker and database. Those on real servers are in test_pipelines.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flowengine.catalog import installed
from flowengine.engine import Settings
from flowengine.testing.runner import FlowTests
from tests.examples.conftest import EXAMPLES

PIPELINES = json.loads((Path(__file__).parents[1] / "vectors" / "pipelines.json").read_text("utf-8"))


def faults(folder: Path, name: str, test: dict[str, Any]) -> list[str]:
    """What an example does otherwise than a flow test says."""
    file = folder / f"{name}.yaml"
    file.write_text((EXAMPLES / name / file.name).read_text())
    file.with_suffix(".test.yaml").write_text(json.dumps({"tests": [{"name": "pipeline", **test}]}))
    tests = FlowTests(file, Settings(data_dir=folder), installed())
    [result] = tests.run(tests.cases())
    return [*map(str, tests.problems), *result.lines]


def change(each: dict[str, Any]) -> dict[str, Any]:
    """A value of the vector as a module reports it."""
    device, _, io = each["io"].partition("/")
    topic = f"esp/{device}/{'mis' if io[1:2] == 'O' else 'mie'}"
    return {"at": f"{each['t']}s", "topic": topic, "payload": {io: each["value"]}}


def seen(key: str, value: Any, at_s: float) -> dict[str, Any]:
    """A value of the vector as nodes have it."""
    device, _, io = key.partition("/")
    return {"at": f"{at_s}s", "payload": {"value": value}, "meta": {"device": device, "io": io}}


def test_values_are_in_ram_at_once_and_flushed_as_the_vector_says(tmp_path: Path) -> None:
    """E5, E6, E7, E8: what the RTDB has at each moment, the last value of each once, every change."""
    [vector] = PIPELINES["esp32_server"]
    flush_s = vector["flush_at_s"]
    upserts = [seen(each["io"], each["value"], flush_s) for each in vector["sql_upserts"]]
    ram = [seen(each["io"], each["value"], each["t"]) for each in vector["in"]]
    for at_s, points in vector["rtdb_at"].items():
        last = {each["io"]: each["value"] for each in vector["in"] if each["t"] <= float(at_s)}
        assert last == points  # so that `ram` says the same
    expect = {
        "latest": ram,
        "store_state": {"count": len(upserts), "contains": upserts},
        "store_history": {"count": vector["history_rows"]},
    }
    test = {"send": {"reports": [change(each) for each in vector["in"]]}, "run": f"{flush_s + 1}s", "expect": expect}
    assert faults(tmp_path, "esp32_server", test) == []


def programs(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Jobs of the vector as a teacher submits them, one after the other."""
    program, meta = {"mission_id": 1, "code": "say 1"}, {"session": {"sub": "1", "role": "teacher"}}
    return [
        {"at": f"{n * 10}ms", "payload": {**program, "id": str(job["id"]), "priority": job["priority"]}, "meta": meta}
        for n, job in enumerate(jobs)
    ]


def test_programs_run_in_the_order_of_the_vector_one_at_a_time(tmp_path: Path) -> None:
    """M6, M13: behind one that runs: by priority, then by arrival; the last one is stopped when its time is over."""
    [vector] = PIPELINES["m5stack_huskylens"]
    busy = {"id": 0, "priority": 9}
    order = [busy["id"], *vector["order_out"]]
    results = [
        {"at": f"{n + 1}s", "topic": "m5stack/missions/1/result", "payload": said}
        for n, said in enumerate({"type": "result", "submission": str(id), "success": True} for id in order[:-1])
    ]
    over_s = len(order) - 1 + vector["execution_timeout_s"]
    expect = {
        "submit": [{"at": f"{n}s", "payload": {"submission": str(id)}} for n, id in enumerate(order)],
        "control": [{"at": f"{over_s}s"}],
    }
    test = {
        "send": {"teacher": programs([busy, *vector["in"]]), "device_says": results},
        "run": f"{over_s + 1}s",
        "expect": expect,
    }
    assert faults(tmp_path, "m5stack_huskylens", test) == []


def test_a_program_that_finds_the_robot_idle_begins_at_once(tmp_path: Path) -> None:
    """M13: as the note of the vector says, whatever has a higher priority and comes later."""
    [vector] = PIPELINES["m5stack_huskylens"]
    first = {"at": "0s", "payload": {"submission": str(vector["in"][0]["id"])}}
    test = {"send": {"teacher": programs(vector["in"])}, "run": "1s", "expect": {"submit": [first]}}
    assert faults(tmp_path, "m5stack_huskylens", test) == []
