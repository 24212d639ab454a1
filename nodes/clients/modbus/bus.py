"""One Modbus bus: requests never overlap, writes go before polls. Never here: bytes, values."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from flowengine.clock import Clock
from flowengine.diagnosis import Diagnosis, Party
from nodes.clients.modbus.exchange import Exchange, NoAnswer
from nodes.clients.modbus.line import LineAway
from nodes.codecs.modbus import pdu as codec
from nodes.polling.blocks import Plan
from nodes.polling.schedule import NO_ANSWER, Cycle, Poll, Schedule, Turn, Unit

MOST_WAITING = 1000
_SEARCH = (codec.ILLEGAL_ADDRESS, codec.ILLEGAL_VALUE, codec.DEVICE_FAILURE)


@dataclass(frozen=True)
class _Asked:
    unit: int
    request: bytes
    answer: asyncio.Future[bytes]


class Bus:
    """Whoever polls or writes shares it."""

    def __init__(self, exchange: Exchange, clock: Clock):
        self.exchange, self._clock = exchange, clock
        self.schedule = Schedule()
        self.bad_answers = 0
        self._asked: deque[_Asked] = deque()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def dead(self) -> bool:
        """Whether its task has ended though nobody closed it."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        """Begin; does not wait for the line."""
        self.exchange.start()
        self._task = asyncio.create_task(self._work(), name="modbus bus")

    async def close(self) -> None:
        """Stop; whoever waits for an answer gets none."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for asked in self._asked:
            asked.answer.cancel()
        await self.exchange.line.close()

    def poll(self, unit: int, every_s: float, plan: Plan, on_cycle: Callable[[Cycle], None]) -> Poll:
        """Read the plan again and again until `stop`."""
        poll = self.schedule.add(unit, every_s, plan, on_cycle, self._clock.now_s())
        self._woken.set()
        return poll

    def diagnosis(self) -> Diagnosis:
        """How the line and each unit are."""
        exchange = self.exchange
        figures = {
            **exchange.tape.figures, "timeouts": exchange.timeouts, "late_answers": exchange.framing.late,
            "noise_bytes": exchange.framing.noise_bytes, "bad_answers": self.bad_answers,
        }  # fmt: skip
        return Diagnosis(figures, [self._party(unit) for unit in self.schedule.units.values()], exchange.tape.frames)

    def read_now(self, unit: int) -> bool:
        """Read what is polled of the unit at once; False where nothing is."""
        found = self.schedule.units.get(unit)
        if found is None or not found.polls:
            return False
        self.schedule.hurry(found, self._clock.now_s())
        self._woken.set()
        return True

    def _party(self, unit: Unit) -> Party:
        figures: dict[str, float] = {name.replace(" ", "_"): count for name, count in unit.counted.items()}
        if isinstance(unit.id, int) and unit.id in self.exchange.round_trip_s:
            figures["round_trip_ms"] = round(self.exchange.round_trip_s[unit.id] * 1000, 1)
        bad = {
            f"{span.table} {span.start}": reason for poll in unit.polls for span, reason in poll.plan.refusals().items()
        }
        return Party(str(unit.id), unit.reason, figures, bad)

    def stop(self, poll: Poll) -> None:
        """Read it no more."""
        self.schedule.remove(poll)

    async def ask(self, unit: int, request: bytes) -> bytes:
        """The answer to one request, which goes before all polls and is sent once.

        Raises `LineAway` when it was not sent, `LineLost` or `NoAnswer` when nobody knows whether it arrived, and
        `asyncio.QueueFull` when too many wait.
        """
        line = self.exchange.line
        if not line.up:
            raise LineAway(line.reason)
        if len(self._asked) >= MOST_WAITING:
            raise asyncio.QueueFull
        asked = _Asked(unit, request, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        self._woken.set()
        return await asked.answer

    async def _work(self) -> None:
        await self.exchange.first_line()
        while True:
            if self._asked:
                asked = self._asked.popleft()
                if not asked.answer.done():  # else whoever asked is gone, and nothing may be written in his name
                    await self._do(asked)
                continue
            turn = self.schedule.next(self._clock.now_s())
            if turn is not None:
                await self._read(turn)
            else:
                await self._rest()

    async def _rest(self) -> None:
        wake_at_s = self.schedule.wake_at_s()
        self._woken.clear()
        try:
            async with asyncio.timeout(None if wake_at_s is None else max(0.0, wake_at_s - self._clock.now_s())):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _do(self, asked: _Asked) -> None:
        try:
            answer = await self.exchange.ask(asked.unit, asked.request)
        except (LineAway, NoAnswer) as fault:
            if not asked.answer.done():
                asked.answer.set_exception(fault)
        except asyncio.CancelledError:
            asked.answer.cancel()
            raise
        else:
            self.schedule.unit(asked.unit).answers()
            if not asked.answer.done():
                asked.answer.set_result(answer)

    async def _read(self, turn: Turn) -> None:
        block, unit = turn.block, turn.poll.unit.id
        assert isinstance(unit, int)
        request = codec.read_request(block.table, block.start, block.length)  # type: ignore[arg-type]  # of a ModbusPoint
        try:
            self.schedule.answered(turn, codec.read_answer(request, await self.exchange.ask(unit, request)))
        except LineAway as away:
            self.schedule.failed(turn, f"not connected: {away}")
        except NoAnswer:
            self.schedule.silent(turn, self._clock.now_s())
        except codec.BadAnswer as fault:
            self.bad_answers += 1
            self.schedule.failed(turn, f"bad answer: {fault}")
        except codec.ModbusRefusal as refusal:
            self._refused(turn, refusal)

    def _refused(self, turn: Turn, refusal: codec.ModbusRefusal) -> None:
        now_s = self._clock.now_s()
        if refusal.code in codec.GATEWAY_FAULTS:
            self.schedule.silent(turn, now_s, f"{NO_ANSWER}: {refusal}")
        elif refusal.code in (*_SEARCH, codec.ILLEGAL_FUNCTION):
            self.schedule.refused(turn, str(refusal), now_s, search=refusal.code in _SEARCH)
        else:
            turn.poll.unit.answers()
            self.schedule.failed(turn, str(refusal))
