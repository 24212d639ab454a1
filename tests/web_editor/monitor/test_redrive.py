"""Redriven letters: forgotten once settled, never twice under way, waited for only so long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from web_editor.monitor.redrive import LetterKey, Redriving

ONE: LetterKey = ("f", "dead", 1)
TWO: LetterKey = ("f", "dead", 2)


class Letters:
    """What is forgotten."""

    def __init__(self) -> None:
        self.forgotten: list[LetterKey] = []

    def remove(self, places: Iterable[LetterKey]) -> int:
        self.forgotten += places
        return len(self.forgotten)


async def test_a_letter_is_forgotten_when_it_is_settled_and_not_before() -> None:
    letters = Letters()
    redriving = Redriving(letters.remove)
    keeping = asyncio.create_task(redriving.keep())
    first, second = redriving.begin(ONE), redriving.begin(TWO)
    assert first is not None and second is not None
    await redriving.quiet(0.05)
    assert letters.forgotten == []
    second()
    await redriving.quiet(0.05)
    assert letters.forgotten == [TWO]
    first()
    await redriving.quiet(5)
    assert letters.forgotten == [TWO, ONE]
    keeping.cancel()


async def test_a_letter_that_is_under_way_is_not_sent_again_until_it_failed_or_was_settled() -> None:
    letters = Letters()
    redriving = Redriving(letters.remove)
    settled = redriving.begin(ONE)
    assert settled is not None and redriving.begin(ONE) is None
    redriving.failed(ONE)
    assert redriving.begin(ONE) is not None
    settled()
    await redriving.forget()
    assert redriving.begin(ONE) is not None
    await Redriving(letters.remove).quiet(5)
