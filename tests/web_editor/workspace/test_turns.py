"""Checks are given out fairly: one at a time, one of each person's, and nobody may pile them up."""

from __future__ import annotations

import asyncio

import pytest

from web_editor.problems import Fault
from web_editor.workspace.turns import MOST_WAITING, Turns


async def test_one_person_with_many_waits_for_others_in_between() -> None:
    turns, order = Turns(), list[str]()

    async def check(user: str, name: str) -> None:
        async with turns.of(user):
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(check("ann", "a1"), check("ann", "a2"), check("ann", "a3"), check("bob", "b1"))
    assert order.index("b1") < order.index("a3")


async def test_only_one_check_runs() -> None:
    turns, running, most = Turns(), 0, 0

    async def check(user: str) -> None:
        nonlocal running, most
        async with turns.of(user):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(check(f"user {n}") for n in range(9)))
    assert most == 1


async def test_who_has_several_in_line_is_asked_to_wait() -> None:
    turns, go = Turns(), asyncio.Event()

    async def check() -> None:
        async with turns.of("ann"):
            await go.wait()

    waiting = [asyncio.create_task(check()) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Fault) as fault:
        async with turns.of("ann"):
            raise AssertionError("no turn was free")
    assert fault.value.problem.status == 429 and fault.value.problem.retry_after_s == 1.0
    go.set()
    await asyncio.gather(*waiting)
    async with turns.of("ann"):
        pass


async def test_a_client_that_goes_gives_its_turn_back() -> None:
    turns = Turns()

    async def check() -> None:
        async with turns.of("ann"):
            await asyncio.Event().wait()

    gone = asyncio.create_task(check())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    async with asyncio.timeout(60), turns.of("ann"):
        pass
