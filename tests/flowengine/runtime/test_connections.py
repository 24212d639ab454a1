"""Flows that say the same share one client; flows that do not never fight over one name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowengine import Config, Connection
from flowengine.catalog import Catalog
from flowengine.flow.model import ConnectionSpec
from flowengine.runtime.connections import ConnectionPool
from flowengine.testing import ManualClock


class SomeConfig(Config):
    url: str = ""


class Some(Connection):
    config: SomeConfig

    async def open(self) -> None:
        if self.config.url == "broken":
            raise OSError("no such host")
        self.state = "open"

    async def close(self) -> None:
        self.state = "closed"

    @property
    def up(self) -> bool:
        return self.state == "open"


class OneType(Catalog):
    def __init__(self) -> None:
        pass

    def connection(self, name: str) -> Any:
        return Some


def spec(url: str = "a", name: str = "broker") -> ConnectionSpec:
    return ConnectionSpec(name, "some", {"url": url})


@pytest.fixture
def pool(tmp_path: Path) -> ConnectionPool:
    return ConnectionPool(OneType(), ManualClock(), tmp_path)


async def test_flows_that_say_the_same_share_a_client_until_the_last_lets_go(pool: ConnectionPool) -> None:
    first, second = await pool.acquire(spec(), "f"), await pool.acquire(spec(), "g")
    assert first is second
    await pool.release(spec(), "f")
    assert first.up and pool.all() == [first]
    await pool.release(spec(), "g")
    assert not first.up and pool.all() == []


async def test_two_flows_with_other_settings_get_other_names(pool: ConnectionPool) -> None:
    first, second = await pool.acquire(spec("a"), "f"), await pool.acquire(spec("b"), "g")
    assert (first.name, second.name) == ("broker", "g-broker")


async def test_a_flow_that_changes_its_settings_keeps_the_name(pool: ConnectionPool) -> None:
    await pool.acquire(spec("a"), "f")
    changed = await pool.acquire(spec("b"), "f")
    await pool.release(spec("a"), "f")
    assert changed.name == "broker" and pool.all() == [changed]


async def test_a_client_that_cannot_be_opened_is_not_kept(pool: ConnectionPool) -> None:
    with pytest.raises(OSError, match="no such host"):
        await pool.acquire(spec("broken"), "f")
    assert pool.all() == []
