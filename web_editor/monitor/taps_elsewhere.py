"""Taps at several workers of a cluster: whoever watches asks the others five times a second what they heard for him.

A worker hears for another one as long as that one asks, so that nothing is to be told when a screen or a worker goes.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Iterator

import msgspec

from flowengine.engine import Engine
from flowengine.runtime.elsewhere import Elsewhere
from web_editor.asking import Question, ask
from web_editor.auth.access import Caller
from web_editor.monitor.tapping import Chosen, Tap
from web_editor.problems import Fault

log = logging.getLogger("flowengine.editor")
EVERY_S = 0.2
FORGOTTEN_S = 3.0
"""So long after it was last asked for, a worker ends a tap."""

GONE_S = 12.0
"""So long nobody has what is tapped before the tap ends: a stage may be on its way to another worker."""

MOST_TAPS = 200
MOST_BYTES = 512 * 1024
"""Of what one answer carries; the rest is left out and counted."""

MOST_WAITING = 20


class Asked(msgspec.Struct):
    """What one tap of another worker's is to hear."""

    tap: str
    chosen: Chosen


class Heard(msgspec.Struct):
    """Messages since the last time, and how many were left out."""

    messages: list[msgspec.Raw]
    dropped: int


class GivenTaps:
    """Taps of this process that other workers have asked for."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._taps: dict[str, tuple[Tap, float]] = {}

    def heard(self, asked: Asked) -> tuple[list[object], int]:
        """What was heard since this was asked last. Raises `Fault` where nothing of it runs here."""
        tap = self._taps[asked.tap][0] if asked.tap in self._taps else self._made(asked.chosen)
        if not tap.found:
            tap.close()
            self._taps.pop(asked.tap, None)
            raise Fault("not-found", "nothing of it runs here")
        self._taps[asked.tap] = tap, time.monotonic()
        rows, dropped = tap.due()
        return list(rows), dropped

    async def keep(self) -> None:
        """End those that nobody asks for any more, until cancelled."""
        while True:
            await asyncio.sleep(FORGOTTEN_S / 3)
            before_s = time.monotonic() - FORGOTTEN_S
            for name in [name for name, (_, asked_s) in self._taps.items() if asked_s < before_s]:
                self._taps.pop(name)[0].close()

    def __len__(self) -> int:
        return len(self._taps)

    def _made(self, chosen: Chosen) -> Tap:
        if len(self._taps) >= MOST_TAPS:
            raise Fault("throttled", f"{MOST_TAPS} taps of others are open", retry_after_s=5.0)
        return Tap(self._engine, chosen)


class TapElsewhere:
    """What the other workers hear of a tap, beside the one of this process; until it is closed."""

    def __init__(self, cluster: Elsewhere, chosen: Chosen, caller: Caller, here: Tap):
        self._cluster, self._here = cluster, here
        body = msgspec.json.encode(Asked(uuid.uuid4().hex, chosen))
        self._question = Question("POST", "taps/heard", {}, {}, body, caller.name, caller.role)
        self._waiting: deque[Heard] = deque()
        self._found_s = time.monotonic()
        self._lost = 0
        self._task = asyncio.create_task(self._run())
        self.gone = False

    def due(self) -> Iterator[Heard]:
        """What came since the last time."""
        if self._lost:
            yield Heard([], self._lost)
            self._lost = 0
        while self._waiting:
            yield self._waiting.popleft()

    def close(self) -> None:
        """Nobody watches any more."""
        self._task.cancel()

    async def _run(self) -> None:
        known = False
        while not self.gone:
            try:
                found, sure = await self._ask()
            except Exception:
                log.exception("a tap at other workers failed")
                found, sure = False, False
            now_s = time.monotonic()
            if found or self._here.found:
                known, self._found_s = True, now_s
            self.gone = (sure and not known) or now_s - self._found_s > GONE_S
            await asyncio.sleep(EVERY_S)

    async def _ask(self) -> tuple[bool, bool]:
        """Whether anybody hears it, and whether all said so."""
        answers = await ask(self._cluster, self._question)
        found = [msgspec.json.decode(each.value, type=Heard) for each in answers if each and each.problem is None]
        for heard in found:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(heard)
            else:
                self._lost += len(heard.messages) + heard.dropped
        return bool(found), None not in answers
