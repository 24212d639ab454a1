"""The time in which a gateway takes new devices: it begins, one joins, it ends by itself or when the host says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nodes.simulator.assets import assets

if TYPE_CHECKING:
    from nodes.simulator.gateway import Gateway

JOINS_S = 3.0
SHORTEST_S, LONGEST_S, USUAL_S = 30, 600, 120


class Pairing:
    """At most one at a time; a second beginning makes it last anew. Whoever joins reports from then on."""

    def __init__(self, gateway: Gateway, say: Callable[[dict[str, Any], str], None]):
        self._gateway, self._say = gateway, say
        self._turn = 0
        self._is_open = False

    def begin(self, message: dict[str, Any]) -> None:
        """Open it for `duration_s`; tells an error for a duration that cannot be."""
        duration_s = message.get("duration_s", USUAL_S)
        if type(duration_s) is not int or not SHORTEST_S <= duration_s <= LONGEST_S:
            self._say({"type": "event", "event": "error", "message": "bad_duration"}, "event")
            return
        self._turn += 1
        self._is_open, turn = True, self._turn
        self._say({"type": "event", "event": "pair_begin", "duration_s": duration_s}, "event")
        self._gateway.agenda.after(JOINS_S, lambda: self._join(turn))
        self._gateway.agenda.after(float(duration_s), lambda: self._end(turn, "timeout"))

    def end(self, message: dict[str, Any]) -> None:
        """Close it; said also when it was closed already, so that the host knows."""
        self._is_open = True
        self._end(self._turn, "host")

    def _join(self, turn: int) -> None:
        if self._is_open and turn == self._turn:
            plan, known = self._gateway.plan, self._gateway.assets
            asset = assets(len(known) + 1, plan.seed)[-1]
            self._say({"type": "event", "event": "paired", "asset_id": asset.asset_id, "mac": asset.mac}, "event")
            known.append(asset)
            self._gateway.schedule(asset, first_s=0.1)

    def _end(self, turn: int, reason: str) -> None:
        if self._is_open and turn == self._turn:
            self._is_open = False
            self._say({"type": "event", "event": "pair_end", "reason": reason}, "event")
