"""One SNMP agent that nodes poll in turn. Never here: datagrams, what values mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flowengine.clock import Clock
from flowengine.diagnosis import Diagnosis, Party
from nodes.clients.snmp.agent import Agent, AgentRefusal, AgentSilent
from nodes.clients.worker import Worker
from nodes.polling.blocks import ReadPlan, Span, blocks
from nodes.polling.schedule import Turn

UNIT = "agent"
OIDS_AT_ONCE = 20
"""Objects of one request: their answer fits into a datagram that every agent can send (RFC 3417, 3.2)."""


class Oids(NamedTuple):
    """The OIDs of one node, by row, and whether it wants what is below them."""

    walk: bool
    rows: tuple[str, ...]


def plan_of(oids: Sequence[str], walk: bool) -> ReadPlan:
    """What to ask in each cycle; with `walk` one request, or several, for each OID."""
    table = Oids(walk, tuple(oids))
    return ReadPlan(blocks([Span(table, row, 1, row) for row in range(len(oids))], 0, 1 if walk else OIDS_AT_ONCE))


class Poller(Worker):
    """Its one unit is the agent, which is left alone for a while after a time-out."""

    def __init__(self, agent: Agent, clock: Clock):
        super().__init__(clock)
        self.agent = agent

    async def close(self) -> None:
        """Stop."""
        await super().close()
        self.agent.close()

    async def ready(self) -> None:
        """As `Worker` says: there is no line to wait for."""

    async def read(self, turn: Turn) -> None:
        """As `Worker` says; what a block brings is a value for each of its rows, or a ValueError."""
        block = turn.block
        oids = block.table
        assert isinstance(oids, Oids)
        try:
            if oids.walk:
                self.schedule.answered(turn, [await self.agent.walk(oids.rows[block.start])])
            else:
                self.schedule.answered(turn, await self.agent.get(oids.rows[block.start : block.start + block.length]))
        except AgentSilent as silent:
            self.schedule.silent(turn, self._clock.now_s(), str(silent))
        except AgentRefusal as refusal:
            search = "noSuchName" in str(refusal)  # version 1 refuses the whole request for one object
            if search:
                self.schedule.refused(turn, str(refusal), self._clock.now_s(), search=True)
            else:
                self.schedule.failed(turn, str(refusal))

    def diagnosis(self) -> Diagnosis:
        """How the agent is."""
        agent = self.agent
        figures: dict[str, float] = {
            **agent.tape.figures, "polls": agent.requests, "timeouts": agent.timeouts, "bad_answers": agent.rubbish
        }  # fmt: skip
        parties = []
        for unit in self.schedule.units.values():
            counted: dict[str, float] = {name.replace(" ", "_"): count for name, count in unit.counted.items()}
            if agent.round_trip_s:
                counted["round_trip_ms"] = round(agent.round_trip_s * 1000, 1)
            parties.append(Party(str(unit.id), agent.reason, counted, {} if agent.reason else unit.bad))
        return Diagnosis(figures, parties, agent.tape.frames)
