"""The control socket: whose it is, what it serves, two engines on one folder, long paths."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from flowengine.cli.control import Engine as Client
from flowengine.cli.control import NotRunning, Refused
from flowengine.engine import Engine, Settings
from flowengine.store.data_folder import CONTROL
from web_editor.http.back_end import management
from web_editor.http.control import bind


@pytest.fixture(params=["data", "d" * 120], ids=["short path", "path too long for a socket's name"])
async def served(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    data = tmp_path / request.param
    engine = Engine(Settings(data))
    back_end = management(engine)
    await engine.start()
    await back_end.start()
    yield data
    await back_end.stop()
    await engine.stop(0)


async def test_who_may_open_the_file_is_admin_and_needs_no_password(served: Path) -> None:
    assert (served / CONTROL).stat().st_mode & 0o777 == 0o600
    assert await asyncio.to_thread(lambda: list(Client(served).each("alarms"))) == []
    assert await asyncio.to_thread(lambda: Client(served).get("users")) == {"items": [], "next": None}


async def test_sessions_and_the_live_socket_are_not_served(served: Path) -> None:
    for path in ("session", "live"):
        with pytest.raises(Refused, match="no such path"):
            await asyncio.to_thread(Client(served).get, path)


async def test_what_the_engine_refuses_is_said_in_its_words(served: Path) -> None:
    with pytest.raises(Refused, match="no such alarm"):
        await asyncio.to_thread(lambda: Client(served).post("alarms", "f~a~", "acknowledge", comment=""))
    with pytest.raises(Refused, match="unknown field"):
        await asyncio.to_thread(lambda: Client(served).post("alarms", "f~a~", "acknowledge", nonsense=1))


async def test_a_browser_cannot_reach_it_by_the_network(served: Path) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get("http://127.0.0.1:9/api/v1/users")


def test_what_a_dead_engine_left_is_replaced_and_a_living_ones_is_not(tmp_path: Path) -> None:
    first = bind(tmp_path / CONTROL)
    with pytest.raises(OSError, match="another engine listens"):
        bind(tmp_path / CONTROL)
    first.close()
    assert (tmp_path / CONTROL).exists(), "a killed engine leaves its file"
    second = bind(tmp_path / CONTROL)
    assert second.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
    second.close()


def test_without_an_engine_the_client_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NotRunning, match="no engine runs"):
            Client(folder).get("alarms")
