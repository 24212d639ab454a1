"""`flowengine demo` as a newcomer starts it: data is there within seconds, and one signal stops everything."""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import psutil
import pytest

from flowengine.cli import demo as the_command
from tests.waiting import wait_until

Run = Callable[..., subprocess.CompletedProcess[str]]
WITHIN_S = 120.0


class Demo:
    """A running demo and where it says to look."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "flowengine", "demo", "--data", str(folder), *arguments]
        env = {name: value for name, value in os.environ.items() if name != "INFLUX_URL"}
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**env, **environment}
        )
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl+C"):
                break
        found = re.search(r"http://127\.0\.0\.1:\d+(?=/metrics)", self.said)
        if found is None:
            self.stop()
        assert found, self.said + self.log()
        self.url = found[0]

    def log(self) -> str:
        return (self.folder / "demo.log").read_text()

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=150) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}

    def received(self, node: str) -> float:
        pattern = f'flowengine_received_messages_total{{flow="plant",node="{node}"'
        return sum(value for name, value in self.metrics().items() if name.startswith(pattern))

    def until(self, holds: Callable[[], bool], what: str) -> None:
        def held() -> bool:
            assert self.process.poll() is None, self.log()
            return holds()

        wait_until(held, WITHIN_S, lambda: f"{what}\n{self.log()}", pause_s=0.1)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path, "--ledger")
    yield running
    running.stop()


async def first_lines(url: str, count: int) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/live") as socket:
        while len(lines) < count:
            frame = await socket.receive(timeout=WITHIN_S)
            lines += [json.loads(line) for line in frame.data.splitlines()]
    return lines


@pytest.mark.timeout(240)
def test_data_flows_from_all_kinds_of_devices_to_everywhere(demo: Demo) -> None:
    demo.until(lambda: all(demo.received(node) > 20 for node in ("field", "shape", "heater", "press")), "data from all")
    shown = asyncio.run(first_lines(demo.url, 30))
    assert {"device", "sensor"} <= set(shown[0]["meta"])  # type: ignore[call-overload]
    demo.until(lambda: demo.received("shape") > 120, "a hundred values of the gateway")
    history = demo.folder / "connections" / "history.db"
    assert str(history) in demo.said

    def devices() -> set[str]:
        with closing(sqlite3.connect(history)) as database:
            return {row[0] for row in database.execute("select device from readings")}

    demo.until(lambda: {"dev001", "A-PO-02", "heater", "press"} <= devices(), "rows of all kinds of devices")
    metrics = demo.metrics()
    assert not [name for name, value in metrics.items() if name.startswith("flowengine_unaccounted") and value]

    children = psutil.Process(demo.process.pid).children(recursive=True)
    assert len(children) == 5
    assert demo.stop() == 0
    assert not [child for child in children if child.is_running()]

    stored, sent, settled = stored_rows(history), *sent_values(demo.folder / "gateway.jsonl")
    assert len(settled) > 20
    assert stored <= sent, "something that was never sent"
    assert settled <= stored, "something that arrived whole and is not in the history"


Row = tuple[str, str, float]


def stored_rows(history: Path) -> set[Row]:
    with closing(sqlite3.connect(history)) as database:
        return set(database.execute("select device, sensor, value from readings where device like 'A-%'"))


def sent_values(ledger: Path) -> tuple[set[Row], set[Row]]:
    """All values sent; and those a perfect receiver had a second before the end, when the engine still listened."""
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    heard = {entry["frame"] for entry in entries if entry["what"] == "heard"}
    last_s = entries[-1]["at_s"] - 1.0
    sent, settled = set[Row](), set[Row]()
    for entry in entries:
        if entry["what"] != "frame" or entry["kind"] != "telemetry" or entry["format"] == "json":
            continue
        for name, value in entry["message"]["metrics"].items():
            if value not in (None, "NaN"):
                row = entry["message"]["asset_id"], name, float(value)
                sent.add(row)
                if entry["frame"] in heard and entry["at_s"] < last_s:
                    settled.add(row)
    return sent, settled


@pytest.mark.timeout(240)
def test_a_demo_that_loses_a_part_stops_and_says_which(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    [engine] = [c for c in psutil.Process(demo.process.pid).children() if "run" in c.cmdline()]
    engine.kill()
    assert demo.process.stdout is not None
    said = demo.process.stdout.read()
    assert demo.stop() == 1
    assert "engine ended by itself" in said


def test_an_unknown_demo_is_told_which_there_are(flowengine: Run) -> None:
    done = flowengine("demo", "plnt")
    assert done.returncode == 2
    assert "there are plant" in done.stderr


STORES = {
    "croissance": "store_measurements",
    "esp32_server": "store_history",
    "iotferme_cloud": "sqlite",
    "iotferme_edge": "uplink",
    "m5stack_huskylens": "results",
}
"""What each example's simulated devices reach in the end."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", STORES)
def test_an_example_runs_with_its_simulator_and_without_a_server(tmp_path: Path, name: str) -> None:
    demo = Demo(tmp_path, name, "--devices", "12")
    passed = f'flowengine_passed_messages_total{{flow="{name}",node="{STORES[name]}"'
    try:
        demo.until(lambda: any(n > 1 for key, n in demo.metrics().items() if key.startswith(passed)), "two of them")
        assert " runs. Look here:" in demo.said
    finally:
        assert demo.stop() == 0


@pytest.mark.timeout(240)
def test_a_demo_whose_flow_cannot_run_says_which_and_why_and_stops(
    flowengine: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    done = flowengine("demo", "croissance", "--data", str(tmp_path), "--seconds", "1")
    assert done.returncode == 1
    assert "croissance.yaml: not deployed" in done.stderr
    # The address comes from the environment: told are its name and where it stands, and nothing of what it is.
    assert "node database: url: what '${database_url}' stands for is not right here" in done.stderr
    assert "nonsense" not in done.stderr
    assert "runs. Look here" not in done.stdout


@pytest.mark.timeout(240)
def test_a_port_that_somebody_else_was_faster_to_take_is_left_to_him(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = int(other.getsockname()[1])
        free_port = the_command.free_port
        offered = iter([free_port(0), taken, taken])
        monkeypatch.setattr(the_command, "free_port", lambda _preferred: next(offered, None) or free_port(0))
        parser = argparse.ArgumentParser()
        the_command.add_arguments(parser)
        options = parser.parse_args(["croissance", "--data", str(tmp_path), "--devices", "1", "--seconds", "0.5"])
        assert the_command.run(options) == 0
    said = capsys.readouterr().out
    assert "runs. Look here" in said and f":{taken}" not in said
