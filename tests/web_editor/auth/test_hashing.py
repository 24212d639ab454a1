"""Hashing passwords takes nothing from flows, and no more at a time than is given."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest

from tests.waiting import until
from web_editor.auth.hashing import AT_A_TIME, Hashing


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.fixture
def hashing() -> Iterator[Hashing]:
    made = Hashing()
    yield made
    made.close()


async def test_hashing_yields_the_processors_to_everything_else(hashing: Hashing) -> None:
    assert await hashing.run(niceness) > niceness()


async def test_threads_that_argon2_starts_are_as_nice_as_theirs(hashing: Hashing) -> None:
    def below() -> int:
        found = list[int]()
        thread = threading.Thread(target=lambda: found.append(niceness()))
        thread.start()
        thread.join()
        return found[0]

    assert await hashing.run(below) == await hashing.run(niceness)


async def test_who_asks_and_hangs_up_gets_no_more_hashes_at_a_time(hashing: Hashing) -> None:
    go, running, most = threading.Event(), list[int](), list[int]()

    def work() -> None:
        running.append(1)
        most.append(len(running))
        go.wait(30)
        running.pop()

    async def ask(count: int) -> None:
        asked = [asyncio.create_task(hashing.run(work)) for _ in range(count)]
        await until(lambda: len(running) == AT_A_TIME)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    try:
        await ask(10)
        await ask(10)
    finally:
        go.set()
    assert await hashing.run(niceness)
    assert max(most) == len(most) == AT_A_TIME


async def test_what_the_work_raises_is_raised(hashing: Hashing) -> None:
    with pytest.raises(ZeroDivisionError):
        await hashing.run(divmod, 1, 0)
