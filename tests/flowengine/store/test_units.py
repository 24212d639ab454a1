"""A unit's record when answers are lost: what may stand there is not written over, and not taken for another's."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flowengine.clock import SystemClock
from flowengine.store.jetstream.beats import Beats
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.units import INLINE_BYTES, PART, UNIT, Unit, Units
from flowengine.store.port import Away, Entry
from tests.servers.nats import NatsCluster

LARGE = INLINE_BYTES + 1


class Servers(StreamKeys):
    """Real ones, that lose some answers and know some writes late."""

    lost_answers = 0
    """So many writes of records are done without an answer."""
    old: Entry | None = None
    """What the next read gives."""

    async def aput(self, key: str, value: bytes, revision: int | None = None) -> int:
        done = await super().aput(key, value, revision)
        if self.lost_answers and key.startswith(UNIT):
            self.lost_answers -= 1
            raise Away("no answer")
        return done

    async def aget(self, key: str) -> Entry | None:
        old, self.old = self.old, None
        return old or await super().aget(key)


@pytest.fixture
async def servers(one_nats: NatsCluster) -> AsyncIterator[Servers]:
    jetstream = await JetStream.connect([one_nats.servers[0].url], "test", 1)
    keys = Servers(jetstream, f"t{uuid.uuid4().hex[:8]}")
    await keys.open()
    yield keys
    await jetstream.close()


def units(servers: Servers) -> Units:
    return Units(servers, Beats(servers, "w", SystemClock(), silence_s=0.0))


async def next_owner(servers: Servers) -> Unit:
    return await units(servers).acquire("f.n.0", "w2", again=True)


async def stored(unit: Unit, what: bytes) -> bool:
    try:
        await unit.store("state", what * LARGE)
    except Away:
        return False
    return True


async def test_a_state_whose_answer_was_lost_is_whole_for_the_next_owner(servers: Servers) -> None:
    unit = await units(servers).acquire("f.n.0", "w")
    assert await stored(unit, b"1")
    servers.lost_answers = 1
    assert not await stored(unit, b"2")
    parts = (await servers.aentries(PART)).keys()
    servers.lost_answers = 1
    assert not await stored(unit, b"3")
    assert (await servers.aentries(PART)).keys() > parts, "what may stand is not written over"
    assert await (await next_owner(servers)).load("state") == b"3" * LARGE


async def test_of_states_that_failed_or_are_an_earlier_owner_s_nothing_stays(servers: Servers) -> None:
    unit = await units(servers).acquire("f.n.0", "w")
    for what in (b"1", b"2"):
        assert await stored(unit, what)
    servers.lost_answers = 3
    assert not any([await stored(unit, what) for what in (b"3", b"4", b"5")])
    assert await stored(unit, b"6")
    assert len(await servers.aentries(PART)) == 1
    after = await next_owner(servers)
    assert await after.load("state") == b"6" * LARGE
    assert await stored(after, b"7")
    assert [key.split(".")[-3] for key in await servers.aentries(PART)] == [str(after.epoch)]


async def test_a_leader_that_knows_the_last_write_late_is_asked_again(servers: Servers) -> None:
    before: Any = await units(servers).acquire("f.n.0", "w0")
    old = await servers.aget(f"{UNIT}.f.n.0")
    unit = await next_owner(servers)
    servers.lost_answers = 1
    assert not await stored(unit, b"1")
    servers.old = old
    assert await stored(unit, b"2")
    assert not unit.lost
    with pytest.raises(Away, match=r"f\.n\.0 is another's"):
        await before.write()
    assert before.lost


async def test_who_was_slower_to_take_a_unit_learns_it(servers: Servers) -> None:
    mine = await units(servers).acquire("f.n.0", "w")
    await next_owner(servers)
    with pytest.raises(Away):
        await mine.write()
    assert mine.lost
