"""A running engine with its editor, on its own port and data. What people do there is in the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from flowengine.store.accounts import ROLES, Accounts
from flowengine.store.data_folder import NODE_TYPES
from tests.servers.ports import next_free_port
from tests.waiting import wait_until

FLOWS = Path(__file__).parent / "flows"
PASSWORD = "correct horse battery"
TYPES = Path(__file__).parents[2] / ".cache/tests" / NODE_TYPES
"""What an engine made of the node classes, for the next one: that takes two seconds, and it knows whether it holds."""

START_S = 120  # a machine that is busy with other things; an engine that ended is not waited for


class Plant:
    """The engine of one test module; users are called by their role."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.flows = folder / "flows"
        self.data = folder / "data"
        self.log = folder / "engine.log"
        self.url = f"http://127.0.0.1:{next_free_port()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._cookies: dict[str, str] = {}

    def start(self, *options: str) -> None:
        """Start, and return when it is ready."""
        self.data.mkdir(exist_ok=True)
        if TYPES.exists():
            shutil.copyfile(TYPES, self.data / NODE_TYPES)
        before = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "flowengine", "run", "--listen", self.url.removeprefix("http://")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self.data), *options, str(self.flows)],
                cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
            )  # fmt: skip
        process = self._process

        def runs() -> bool:
            assert process.poll() is None, self.log.read_text()
            return b"flows run" in self.log.read_bytes()[before:]

        wait_until(runs, START_S, self.log.read_text)

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None
            made = self.data / NODE_TYPES
            if made.exists():
                TYPES.parent.mkdir(parents=True, exist_ok=True)
                half = TYPES.with_name(f"{os.getpid()}.new")  # other processes keep theirs at the same time
                half.write_bytes(made.read_bytes())
                half.replace(TYPES)

    def check(self) -> None:
        """Fail with how it ended and its last words: a page would only say that nobody answers."""
        status = self._process.poll() if self._process is not None else 0
        assert status is None, f"the engine ended ({status}):\n{self.log.read_text()[-5_000:]}"

    @property
    def pid(self) -> int:
        """Of the engine's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def setup_link(self) -> str:
        """The one-time link that it printed."""
        found = re.search(r"http://\S+/setup#\S+", self._eventually("setup#"))
        assert found
        return found.group()

    def add_users(self) -> None:
        """One user a role, before the start."""
        self.data.mkdir(exist_ok=True)
        accounts = Accounts(self.data)
        for role in ROLES:
            accounts.add_user(role, PASSWORD, role)
        accounts.close()

    def file(self, flow: str) -> Path:
        """The flow's file."""
        return self.flows / f"{flow}.yaml"

    def cookie(self, name: str) -> str:
        """A session of this user, made once."""
        if name not in self._cookies:
            with urlopen(self._request("POST", "session", {"name": name, "password": PASSWORD}), timeout=60) as answer:
                self._cookies[name] = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        return self._cookies[name]

    def call(self, method: str, path: str, body: Any = None, user: str = "admin", **headers: str) -> Any:
        """Another client's request; its JSON."""
        request = self._request(method, path, body)
        for name, value in {"Cookie": f"flowengine_session={self.cookie(user)}", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        with urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def inject(self, flow: str, node: str, payload: Any) -> None:
        """A message into a node."""
        self.call("POST", f"flows/{flow}/nodes/{node}/inject", {"payload": payload})

    def _request(self, method: str, path: str, body: Any) -> Request:
        self.check()
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Requested-With": "flowengine", "Content-Type": "application/json"}
        return Request(f"{self.url}/api/v1/{path}", data, headers, method=method)

    def _eventually(self, word: str) -> str:
        wait_until(lambda: word in self.log.read_text(), says=self.log.read_text)
        return self.log.read_text()


@contextmanager
def running_plant(folder: Path, *flows: str, users: bool = True, **texts: str) -> Iterator[Plant]:
    """A plant with copies of these flows of `tests/browser/flows`, and flows of these texts."""
    plant = Plant(folder)
    plant.flows.mkdir(parents=True)
    for flow in flows:
        plant.file(flow).write_bytes((FLOWS / f"{flow}.yaml").read_bytes())
    for flow, text in texts.items():
        plant.file(flow).write_text(text)
    if users:
        plant.add_users()
    plant.start()
    try:
        yield plant
    finally:
        plant.stop()
