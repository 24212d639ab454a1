"""`flowengine simulate` as a process: a port that appears, a ledger that agrees, clear errors."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nodes.codecs.packets import PacketDecoder
from nodes.simulator.gateway import CRC
from tests.servers.ports import next_free_port


def simulate(*arguments: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowengine", "simulate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


def test_a_host_hears_what_the_ledger_says(tmp_path: Path) -> None:
    link, ledger = tmp_path / "ttyGW", tmp_path / "ledger.jsonl"
    command = [sys.executable, "-m", "flowengine", "simulate", "gateway", "--link", str(link), "--ledger", str(ledger)]
    process = subprocess.Popen([*command, "--pace", "20", "--seed", "7"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"a gateway with 8 devices is at {link}\n"
    host = os.open(link, os.O_RDWR | os.O_NOCTTY)
    os.set_blocking(host, False)
    data, end_s = b"", time.monotonic() + 3.0
    while time.monotonic() < end_s or data[-1:] != b"\x00":
        try:
            data += os.read(host, 65536)
        except BlockingIOError:
            time.sleep(0.005)
    os.close(host)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    process.stdout.close()
    assert not os.path.lexists(link)

    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    messages = {entry["frame"]: entry["message"] for entry in entries if entry["what"] == "frame"}
    due = [messages[entry["frame"]] for entry in entries if entry["what"] == "heard"]
    got = PacketDecoder("cobs", CRC, formats=["msgpack", "cbor", "json"]).feed(data)[0]
    assert len(got) > 20
    # What was sent between the last read and the closing of the port was heard by nobody.
    assert got == due[: len(got)]
    assert len(due) - len(got) <= 2
    assert entries[-1]["what"] == "end"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("gateway", "--fault", "bit_flop=1"), "did you mean bit_flip"),
        (("gateway", "--faults", "nowhere.json"), "or use one of none, default, rough"),
        (("fleet", "--families", "tasmoto"), "there is no family 'tasmoto'"),
        (("fleet", "--devices", "0"), "must be more than 0"),
        (("modbus", "--devices", "0"), "must be more than 0"),
        (("s7", "--fault", "silint=1"), "did you mean silent"),
    ],
)
def test_a_wrong_call_is_explained(arguments: tuple[str, ...], complaint: str) -> None:
    done = simulate(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr


@pytest.mark.parametrize(("kind", "told"), [("opcua", "a machine is at opc.tcp://"), ("s7", "a controller is at")])
def test_a_device_of_a_plant_is_there_before_its_seconds_are_counted(kind: str, told: str) -> None:
    done = simulate(kind, "--listen", f"127.0.0.1:{next_free_port()}", "--seconds", "0.2")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith(told)


def test_a_file_in_the_ports_place_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = simulate("gateway", "--link", tmp_path / "mine")
    assert done.returncode == 1
    assert (tmp_path / "mine").read_text() == "mine"


def test_the_faults_can_be_listed() -> None:
    done = simulate("fleet", "--list-faults")
    assert done.returncode == 0
    assert "duplicate" in done.stdout


def test_a_fleet_without_a_broker_says_so() -> None:
    done = simulate("fleet", "--url", "mqtt://127.0.0.1:1", "--devices", "3", "--seconds", "3", "--period", "1")
    assert done.returncode == 0
    assert "3 of 3 devices not connected" in done.stderr
