"""One S7 controller: whoever polls or writes shares its session. Never here: bytes on the wire, what values mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from flowengine.clock import Clock
from flowengine.diagnosis import Diagnosis, Party
from nodes.clients.s7.session import PlcAway, PlcLost, PlcRefusal, Session
from nodes.clients.worker import Worker
from nodes.codecs.s7.addresses import Area
from nodes.polling.schedule import Turn

UNIT = "plc"
T = TypeVar("T")


class Plc(Worker):
    """Its one unit is the controller."""

    def __init__(self, session: Session, clock: Clock):
        super().__init__(clock)
        self.session = session

    def start(self) -> None:
        """Begin; does not wait for the controller."""
        self.session.start()
        super().start()

    async def close(self) -> None:
        """Stop; whoever waits for an answer gets none."""
        await super().close()
        await self.session.close()

    async def ready(self) -> None:
        """As `Worker` says."""
        await self.session.first_try()

    async def ask(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """What the session gives, before all polls. Raises what it raises; `PlcAway` at once while there is none."""
        if not self.session.up:
            raise PlcAway(self.session.reason)
        return await self.do(lambda: work(self.session))

    async def read(self, turn: Turn) -> None:
        """As `Worker` says."""
        block = turn.block
        assert isinstance(block.table, Area)
        try:
            self.schedule.answered(turn, await self.session.read(block.table, block.start, block.length))
        except PlcLost as lost:
            self.schedule.failed(turn, str(lost))
        except PlcAway as away:
            self.schedule.failed(turn, f"not connected: {away}")
        except PlcRefusal as refusal:
            self.schedule.refused(turn, str(refusal), self._clock.now_s(), search=True)

    def diagnosis(self) -> Diagnosis:
        """How session and controller are."""
        session = self.session
        figures = {**session.tape.figures, "timeouts": session.timeouts, "late_answers": session.late}
        parties = []
        for unit in self.schedule.units.values():
            counted: dict[str, float] = {name.replace(" ", "_"): count for name, count in unit.counted.items()}
            if session.round_trip_s:
                counted["round_trip_ms"] = round(session.round_trip_s * 1000, 1)
            parties.append(Party(str(unit.id), session.reason, counted, {} if session.reason else unit.bad))
        return Diagnosis(figures, parties, session.tape.frames)
