"""One Modbus bus: requests never overlap, writes go before polls. Never here: bytes, values."""

from __future__ import annotations

from flowengine.clock import Clock
from flowengine.diagnosis import Diagnosis, Party
from nodes.clients.modbus.exchange import Exchange, NoAnswer
from nodes.clients.modbus.line import LineAway
from nodes.clients.worker import Worker
from nodes.codecs.modbus import pdu as codec
from nodes.polling.schedule import NO_ANSWER, Turn, Unit

_SEARCH = (codec.ILLEGAL_ADDRESS, codec.ILLEGAL_VALUE, codec.DEVICE_FAILURE)


class Bus(Worker):
    """Whoever polls or writes shares it."""

    def __init__(self, exchange: Exchange, clock: Clock):
        super().__init__(clock)
        self.exchange = exchange
        self.bad_answers = 0

    def start(self) -> None:
        """Begin; does not wait for the line."""
        self.exchange.start()
        super().start()

    async def close(self) -> None:
        """Stop; whoever waits for an answer gets none."""
        await super().close()
        await self.exchange.line.close()

    async def ready(self) -> None:
        """As `Worker` says."""
        await self.exchange.first_line()

    def diagnosis(self) -> Diagnosis:
        """How the line and each unit are."""
        exchange = self.exchange
        figures = {
            **exchange.tape.figures, "timeouts": exchange.timeouts, "late_answers": exchange.framing.late,
            "noise_bytes": exchange.framing.noise_bytes, "bad_answers": self.bad_answers,
        }  # fmt: skip
        return Diagnosis(figures, [self._party(unit) for unit in self.schedule.units.values()], exchange.tape.frames)

    def _party(self, unit: Unit) -> Party:
        figures: dict[str, float] = {name.replace(" ", "_"): count for name, count in unit.counted.items()}
        if isinstance(unit.id, int) and unit.id in self.exchange.round_trip_s:
            figures["round_trip_ms"] = round(self.exchange.round_trip_s[unit.id] * 1000, 1)
        bad = unit.bad if self.exchange.line.up else {}  # else the connection says it
        return Party(str(unit.id), unit.reason, figures, bad)

    async def ask(self, unit: int, request: bytes) -> bytes:
        """The answer to one request, which goes before all polls and is sent once.

        Raises `LineAway` when it was not sent, `LineLost` or `NoAnswer` when nobody knows whether it arrived, and
        `asyncio.QueueFull` when too many wait.
        """
        line = self.exchange.line
        if not line.up:
            raise LineAway(line.reason)
        return await self.do(lambda: self._ask(unit, request))

    async def _ask(self, unit: int, request: bytes) -> bytes:
        answer = await self.exchange.ask(unit, request)
        self.schedule.unit(unit).answers()
        return answer

    async def read(self, turn: Turn) -> None:
        """As `Worker` says."""
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
