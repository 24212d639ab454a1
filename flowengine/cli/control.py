"""Talks to the engine that runs on a data folder, over its control socket. Knows no command."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flowengine.store.data_folder import CONTROL

TIMEOUT_S = 30.0
MOST_BYTES = 64 * 2**20
PAGE = 1000


class NotRunning(Exception):
    """No engine listens on the data folder."""


class Refused(Exception):
    """The engine says no; the text says why."""


class Engine:
    """The running engine's API; every method raises `NotRunning` or `Refused`."""

    def __init__(self, data_dir: Path):
        self._data_dir = data_dir

    def get(self, *path: str, **query: Any) -> Any:
        """The answer to a question."""
        return self._ask("GET", path, query, None)

    def post(self, *path: str, **body: Any) -> Any:
        """The answer to a wish."""
        return self._ask("POST", path, {}, body)

    def each(self, *path: str, **query: Any) -> Iterator[Any]:
        """All items of a list, page by page."""
        cursor = ""
        while True:
            page = self.get(*path, limit=PAGE, cursor=cursor, **query)
            yield from page["items"]
            if not (cursor := page["next"] or ""):
                return

    def _ask(self, method: str, path: tuple[str, ...], query: dict[str, Any], body: dict[str, Any] | None) -> Any:
        given = {name: value for name, value in query.items() if value not in (None, "")}
        target = "/api/v1/" + "/".join(quote(part, safe="") for part in path)
        connection = _Connection(self._data_dir)
        try:
            connection.request(
                method,
                f"{target}?{urlencode(given)}" if given else target,
                None if body is None else json.dumps(body),
                {"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            text = answer.read(MOST_BYTES)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NotRunning(f"no engine runs on {self._data_dir}") from None
        except (OSError, http.client.HTTPException) as fault:
            raise Refused(f"the engine on {self._data_dir} does not answer: {fault}") from None
        finally:
            connection.close()
        found = json.loads(text) if text else None
        if answer.status >= 400:
            problem = found if isinstance(found, dict) else {}
            raise Refused(problem.get("detail") or problem.get("title") or f"status {answer.status}")
        return found


class _Connection(http.client.HTTPConnection):
    def __init__(self, data_dir: Path):
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._data_dir = data_dir

    def connect(self) -> None:
        """Open the socket, whose name has at most 107 bytes: by the open folder it is always short."""
        folder = os.open(self._data_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(TIMEOUT_S)
            self.sock.connect(f"/proc/self/fd/{folder}/{CONTROL}")
        except BaseException:
            self.sock.close()
            raise
        finally:
            os.close(folder)
