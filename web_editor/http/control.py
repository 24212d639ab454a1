"""The door for the machine's own operator: the API on a Unix socket in the data folder, for `flowengine alarm` …

Who may open the file is admin, without a password; the file's mode (600) is the lock. Nothing here knows a route.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from flowengine.store.data_folder import CONTROL
from web_editor.auth.access import Caller
from web_editor.http.serving import Serving
from web_editor.routing import Route
from web_editor.services import Services

log = logging.getLogger("flowengine.editor")
NOT_HERE = ("session", "live")
"""Where a browser would be: there is nobody to log in, and nobody who watches."""
MOST_BODY_BYTES = 2**20
_CREDENTIALS = struct.Struct("3i")


class Owner:
    """Lets in whoever could open the socket."""

    def check_host(self, request: web.Request) -> None:
        """No name leads here."""

    def check_form(self, request: web.Request, caller: Caller | None) -> None:
        """No browser comes here."""

    async def caller(self, request: web.Request) -> Caller:
        """The user of the machine at the other end."""
        return Caller(f"local:{_user_of(request)}", "admin", "token", "")


class Control:
    """The socket of one engine."""

    def __init__(self, services: Services, routes: Iterable[Route], folder: Path):
        self._path = folder / CONTROL
        application = web.Application(client_max_size=MOST_BODY_BYTES)
        here = [route for route in routes if route.path.split("/")[0] not in NOT_HERE]
        Serving(services, here, Owner()).mount_api(application)
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False)
        self._bound = False

    async def start(self) -> None:
        """Listen. An engine that already listens here keeps its socket, and this one has none."""
        try:
            listening = await asyncio.to_thread(bind, self._path)
        except OSError as fault:
            log.warning("no control socket, so that commands cannot reach this engine: %s", fault)
            return
        self._bound = True
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """Stop listening; the file goes."""
        if self._bound:
            await self._runner.cleanup()
            self._path.unlink(missing_ok=True)


def bind(path: Path) -> socket.socket:
    """A socket that listens at `path`, for its owner alone. Raises `OSError`, also while somebody listens there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # The name of a socket has at most 107 bytes; by the open folder it is always short.
        short = f"/proc/self/fd/{folder}/{path.name}"
        _remove_stale(path, short)
        # Until `listen` nobody can connect, so the mode is right before anyone comes.
        listening.bind(short)
        path.chmod(0o600)
        listening.listen(16)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    finally:
        os.close(folder)
    return listening


def _remove_stale(path: Path, short: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trying:
        try:
            trying.connect(short)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except FileNotFoundError:
            return
    raise OSError(f"another engine listens at {path}")


def _user_of(request: web.Request) -> str:
    found = request.transport.get_extra_info("socket") if request.transport is not None else None
    if found is None:
        return "?"
    _, user, _ = _CREDENTIALS.unpack(found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
