"""One run's surroundings: a folder, free ports, the ledger, broker, generator and receivers as child processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.ledger import Ledger
from bench.toolbox import SCRATCH, flowbench

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
BROKER: Mapping[str, Any] = {
    "max_queued_messages": 0,
    "max_inflight_messages": 20,
    "persistence": "true",
    "autosave_interval": 1800,
    "set_tcp_nodelay": "true",
}


def free_port() -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Rig:
    """Everything around the engine under test. Adapters read `dir`, the ports and `pty`."""

    def __init__(self, broker: Mapping[str, Any] | None = None):
        SCRATCH.mkdir(parents=True, exist_ok=True)
        self.dir = Path(tempfile.mkdtemp(prefix="run.", dir=SCRATCH))
        memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else self.dir
        self.ledger = Ledger(memory / f"flowbench.{self.dir.name}")
        self.mqtt_port, self.sink_port, self.http_port = free_port(), free_port(), free_port()
        self.pty = str(self.dir / "pty")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._broker = {**BROKER, **(broker or {})}

    def spawn(
        self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a child; its output goes to a file that `log` reads."""
        with (self.dir / f"{name}.log").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                argv,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )
        return self.processes[name]

    def tool(self, mode: str, *arguments: object, name: str = "") -> subprocess.Popen[bytes]:
        """Start flowbench in one of its modes."""
        argv = [flowbench(), mode, "-S", self.ledger.path, *arguments]
        return self.spawn(name or mode, [str(each) for each in argv])

    def stop(self, name: str, sig: int = signal.SIGTERM, wait_s: float = 15) -> None:
        """End a child and wait for it; one that does not end is killed."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, sig)
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def broker(self) -> None:
        """Start mosquitto and return when it accepts connections."""
        log, conf = self.dir / "broker.txt", self.dir / "mosquitto.conf"
        fixed = f"listener {self.mqtt_port} 127.0.0.1\nallow_anonymous true\npersistence_location {self.dir}/\n"
        logs = "".join(f"log_type {kind}\n" for kind in ("subscribe", "error", "warning", "notice"))
        user = "user root\n" if os.geteuid() == 0 else ""
        options = "".join(f"{key} {value}\n" for key, value in self._broker.items())
        conf.write_text(f"{fixed}{user}log_dest file {log}\n{logs}{options}")
        self.spawn("broker", [MOSQUITTO, "-c", str(conf)])
        if not wait_for(self._accepts, 5):
            raise RuntimeError("mosquitto did not start: " + self.log("broker"))

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.mqtt_port), 1).close()
        except OSError:
            return False
        return True

    def subscribed(self) -> bool:
        """Whether somebody subscribed below farm/, by the broker's log: readiness that asks no engine."""
        try:
            return " farm/" in (self.dir / "broker.txt").read_text(errors="replace")
        except OSError:
            return False

    def log(self, name: str, last: int = 2000) -> str:
        """The end of what a child printed."""
        try:
            return (self.dir / f"{name}.log").read_text(errors="replace")[-last:]
        except OSError:
            return ""

    def close(self) -> None:
        """End all children and remove the folder."""
        self.ledger["stop"] = 1
        for name in list(self.processes):
            self.stop(name)
        self.ledger.remove()
        shutil.rmtree(self.dir, ignore_errors=True)


def wait_for(condition: Callable[[], bool], timeout_s: float, poll_s: float = 0.01) -> bool:
    """Whether the condition became true in time."""
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if condition():
            return True
        time.sleep(poll_s)
    return False
