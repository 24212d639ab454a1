"""A real server as a child process: in its own folder, broken on purpose, brought back. Knows no product."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil

from tests.waiting import wait_until

# Databases refuse root; one account that every Debian has, whatever the packages' own accounts are called.
_ACCOUNT = "nobody"
# A child's parent-death signal follows the THREAD that started it: one thread, as long-lived as the tests, starts all.
_starter = ThreadPoolExecutor(1, "server-starter")


def program(name: str, package: str, *folders: str) -> str:
    """The path of an installed program; a missing one fails the test and names the package to install."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", *folders])
    found = shutil.which(name, path=path)
    assert found, f"{name} is not installed: run `./dev setup` (Debian package {package})"
    return found


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """A folder that the server's account owns; removed afterwards. Outside pytest's own, which others may not enter."""
    folder = Path(tempfile.mkdtemp(prefix=f"flowengine-{name}-"))
    give_to_server(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give_to_server(path: Path) -> None:
    """Makes the server's account the owner of a file or folder."""
    if os.geteuid() == 0:
        shutil.chown(path, _ACCOUNT)


def as_server_account(command: list[str]) -> list[str]:
    """The command run as an unprivileged account when we are root, and killed when the tests die."""
    account = [f"--reuid={_ACCOUNT}", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig", "KILL", *account, *command]


def run_to_end(command: list[str], folder: Path) -> None:
    """Runs a preparing command as the server's account; fails with its output."""
    done = subprocess.run(
        as_server_account(command),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command[0]} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}"


class ServerProcess:
    """One server that can be started, stopped, killed and frozen any number of times on the same port and data."""

    polite_signal = signal.SIGTERM

    def __init__(self, command: list[str], folder: Path, port: int, *, ready: Callable[[], bool] | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = port
        self.folder = folder
        self.log_file = folder / "server.log"
        self._command = command
        self._ready = ready or self._accepts
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process, "the server was never started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process exists (a frozen one does)."""
        return self._process is not None and self._process.poll() is None

    def start(self, timeout_s: float = 60) -> None:
        """Starts the server and returns when it answers; fails with the end of its log."""
        assert not self.running, "the server already runs"
        with self.log_file.open("ab") as log:
            self._process = _starter.submit(
                subprocess.Popen,
                as_server_account(self._command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            ).result()
        self._wait_until_ready(timeout_s)

    def stop(self, timeout_s: float = 60) -> None:
        """Asks the server to end and waits for it."""
        if self.running:
            self.resume()
            self._process.send_signal(self.polite_signal)  # type: ignore[union-attr]
            self._process.wait(timeout_s)  # type: ignore[union-attr]

    def kill(self) -> None:
        """kill -9 on the server and all its children; returns when they are gone."""
        if self.running:
            tree = self._frozen_tree()
            for process in tree:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self._process.wait(10)  # type: ignore[union-attr]
            psutil.wait_procs(tree, timeout=150)

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: sockets stay open and nothing answers, as on a half-open connection."""
        self._frozen_tree()

    def resume(self) -> None:
        """SIGCONT after `freeze`."""
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):  # databases start and end processes of their own at any time
                process.resume()

    def restore(self) -> None:
        """Running and answering again, whatever a test did to it."""
        if self.running:
            self.resume()
        else:
            self.start()

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of what the server printed."""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def _wait_until_ready(self, timeout_s: float) -> None:
        def answers() -> bool:
            assert self.running, f"{self._command[0]} ended at once:\n{self.log_tail()}"
            return self._ready()

        wait_until(answers, timeout_s, lambda: f"{self._command[0]} does not answer:\n{self.log_tail()}", 0.02)

    def _frozen_tree(self) -> list[psutil.Process]:
        # The top first, which can then start no more: a child that nobody killed keeps a database from starting again.
        psutil.Process(self.pid).suspend()
        tree = self._tree()
        for process in tree[1:]:
            with suppress(psutil.NoSuchProcess):  # databases end processes of their own at any time
                process.suspend()
        return tree

    def _tree(self) -> list[psutil.Process]:
        # By parentage: PostgreSQL's children leave the process group.
        top = psutil.Process(self.pid)
        return [top, *top.children(recursive=True)]

    def _accepts(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1):
                return True
        except OSError:
            return False


S = TypeVar("S", bound=ServerProcess)


@contextmanager
def serving(server: S) -> Iterator[S]:
    """The server started, and killed at the end."""
    server.start()
    try:
        yield server
    finally:
        server.kill()


def lent(server: S) -> Iterator[S]:
    """The shared server for one test; brought back when the test broke it."""
    yield server
    server.restore()
