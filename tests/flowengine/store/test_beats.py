"""Who lives, by beats on a real server and a clock that the test moves: who ended, who left, and who is only slow."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from flowengine.store.jetstream.beats import ABSENT_S, BEAT_S, LATE_S, PARTED_S, SILENCE_S, Beats
from flowengine.store.jetstream.client import JetStream
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.port import Away
from tests.servers.nats import NatsCluster
from tests.waiting import until

STEP_S = 0.25


class Moved:
    """A clock that stands still between the test's steps."""

    def __init__(self) -> None:
        self.s = 100.0

    def now_s(self) -> float:
        return self.s

    def time_ns(self) -> int:
        return int(self.s * 1e9)


class Workers:
    """Each with a connection of its own; all have one clock."""

    def __init__(self, url: str, stack: AsyncExitStack):
        self.clock = Moved()
        self._url, self._stack, self._name = url, stack, f"t{uuid.uuid4().hex[:8]}"

    async def add(self) -> Beats:
        """One that has beaten once."""
        jetstream = await JetStream.connect([self._url], "test", 1)
        self._stack.push_async_callback(jetstream.close)
        keys = StreamKeys(jetstream, self._name)
        await keys.open()
        beats = Beats(keys, "w", self.clock)
        await beats.open()
        await beats.beat(b"news")
        return beats

    async def pass_time(self, time_s: float, *beating: Beats) -> None:
        """These beat, and the first of them looks, meanwhile."""
        for step in range(round(time_s / STEP_S)):
            self.clock.s += STEP_S
            if step * STEP_S % BEAT_S == 0:
                for each in beating:
                    await each.beat(b"news")
            await beating[0].look()


@asynccontextmanager
async def workers(nats: NatsCluster) -> AsyncIterator[Workers]:
    async with AsyncExitStack() as stack:
        yield Workers(nats.servers[0].url, stack)


async def test_one_whose_process_ended_is_known_before_one_that_is_silent(one_nats: NatsCluster) -> None:
    async with workers(one_nats) as made:
        me, ended, silent = await made.add(), await made.add(), await made.add()
        await me.look()
        await ended._keys.jetstream.close()
        await until(lambda: _is_unheard(me, ended))
        await made.pass_time(LATE_S + ABSENT_S, me)
        while me.alive(ended.instance):  # the servers may have been too busy to say it at each look
            await made.pass_time(STEP_S, me)
        assert me.alive(silent.instance)
        assert me.told.keys() == {me.instance, silent.instance}
        await made.pass_time(SILENCE_S, me)
        assert not me.alive(silent.instance) and me.alive(me.instance)


async def _is_unheard(me: Beats, other: Beats) -> bool:
    return await me._keys.jetstream.is_listened_to(me._name(other.instance)) is False


async def test_one_that_is_away_for_a_moment_and_beats_is_not_gone(one_nats: NatsCluster) -> None:
    async with workers(one_nats) as made:
        me, other = await made.add(), await made.add()
        await me.look()
        await other._keys.jetstream.close()
        await until(lambda: _is_unheard(me, other))
        while not me._absent_s and me.alive(other.instance):
            await made.pass_time(STEP_S, me)
        assert me.alive(other.instance)
        await me._keys.aput(f"beat.{other.instance}", b"from its new connection")
        await made.pass_time(ABSENT_S, me)
        assert me.alive(other.instance)


async def test_silence_does_not_count_while_the_servers_take_nobodys_beats(one_nats: NatsCluster) -> None:
    async with workers(one_nats) as made:
        me, other = await made.add(), await made.add()
        await me.look()
        made.clock.s += 60  # they elect a leader, and take no beat
        await me.look()
        assert me.alive(other.instance)
        await me.beat(b"news")
        await me.look()
        assert me.alive(other.instance)
        await made.pass_time(SILENCE_S, me)
        assert not me.alive(other.instance)


@pytest.mark.parametrize("who", ["itself", "its successor"])
async def test_one_that_said_good_bye_is_gone_at_once(one_nats: NatsCluster, who: str) -> None:
    async with workers(one_nats) as made:
        me, other = await made.add(), await made.add()
        await me.look()
        await (other if who == "itself" else me).leave(other.instance)
        await me.look()
        assert not me.alive(other.instance) and me.told.keys() == {me.instance}


async def test_one_without_answers_or_connection_lets_go_before_others_take_over(one_nats: NatsCluster) -> None:
    async with workers(one_nats) as made:
        me, parted = await made.add(), await made.add()
        made.clock.s += SILENCE_S / 2
        assert not me.is_cut_off()
        made.clock.s += STEP_S
        assert me.is_cut_off()
        await me.beat(b"news")
        assert not me.is_cut_off()
        await parted._keys.jetstream.close()
        made.clock.s += PARTED_S + STEP_S
        assert parted.is_cut_off() and not me.is_cut_off()
        with pytest.raises(Away):
            await parted.beat(b"news")
