"""Of large things that are there together each has a turn of the loop of its own; small ones wait for nobody."""

from __future__ import annotations

import asyncio

from flowengine.large import LARGE_BYTES, its_turn


async def test_no_two_large_things_share_a_turn_and_they_keep_their_order() -> None:
    loop, turn = asyncio.get_running_loop(), 0
    had: list[tuple[int, int]] = []

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        ticking.append(loop.call_soon(next_turn))

    async def work(name: int) -> None:
        await its_turn(LARGE_BYTES)
        had.append((name, turn))

    ticking: list[asyncio.Handle] = []
    next_turn()
    await asyncio.gather(*(work(name) for name in range(20)))
    ticking[-1].cancel()
    assert [name for name, _ in had] == list(range(20))
    assert len({at for _, at in had}) == 20


async def test_a_small_thing_is_not_kept_from_its_turn() -> None:
    waiting = [asyncio.ensure_future(its_turn(LARGE_BYTES)) for _ in range(20)]
    await asyncio.sleep(0)
    await its_turn(LARGE_BYTES - 1)
    assert not any(each.done() for each in waiting)
    await asyncio.gather(*waiting)


async def test_who_gives_up_leaves_the_turn_to_the_next() -> None:
    waiting = [asyncio.ensure_future(its_turn(LARGE_BYTES)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    await waiting[2]
