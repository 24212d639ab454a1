"""A robot that runs one program at a time, as the M5Stack with its camera does. Pure: others carry messages.

It is told {type: run, submission, code} and says {type: result, submission, success, …} and {type: heartbeat, …}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger

HEARTBEAT_S = 5.0
SILENT_S = 40.0
"""Longer than a host waits for a heartbeat."""

SLOW_S = 2.5
Say = Callable[[dict[str, Any]], None]


class Robot:
    """Runs what it is told; `pace` makes programs so many times as short. Its faults are in `faults`."""

    def __init__(self, agenda: Agenda, say: Say, switches: Switches, ledger: Ledger, pace: float = 1.0):
        self._agenda, self._say, self._switches, self._ledger, self._pace = agenda, say, switches, ledger, pace
        self._runs: str | None = None
        self._silent_until_s = 0.0
        agenda.every(lambda: HEARTBEAT_S, self._beat)

    def hear(self, message: Any) -> None:
        """Take an order; what is none is left alone."""
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "run" and isinstance(message.get("submission"), str):
            self._run(message["submission"])
        elif kind in ("stop", "reset"):
            self._stop()

    def _run(self, submission: str) -> None:
        now_s, happens = self._agenda.now_s, self._switches.happens
        self._ledger.enter("run", submission=submission)
        self._runs = submission
        if happens("hang", now_s):
            self._ledger.enter("hang", submission=submission)
            return
        success = not happens("fail", now_s)
        took_s = (SLOW_S if happens("slow", now_s) else self._switches.random.uniform(0.3, 1.5)) / self._pace
        result = {"success": success, **({} if success else {"error_message": "la balle est introuvable"})}
        self._agenda.after(took_s, lambda: self._end(submission, {**result, "execution_ms": round(took_s * 1000)}))

    def _end(self, submission: str, result: dict[str, Any]) -> None:
        if self._runs != submission:
            return  # it was stopped, or another program was begun
        self._runs = None
        self._ledger.enter("result", submission=submission, success=result["success"])
        self._say({"type": "result", "submission": submission, **result})
        if self._switches.happens("double_result", self._agenda.now_s):
            self._say({"type": "result", "submission": submission, **result})
        if self._switches.happens("unknown_result", self._agenda.now_s):
            self._say({"type": "result", "submission": "nobody-1", "success": True})

    def _stop(self) -> None:
        submission, self._runs = self._runs, None
        if submission is not None:
            self._ledger.enter("stopped", submission=submission)
            self._say({"type": "result", "submission": submission, "success": False, "error_message": "stopped"})

    def _beat(self) -> None:
        now_s = self._agenda.now_s
        if self._switches.happens("silent", now_s):
            self._silent_until_s = now_s + SILENT_S
            self._ledger.enter("silent")
        if now_s >= self._silent_until_s:
            self._say({"type": "heartbeat", "uptime_s": round(now_s), "running": self._runs is not None})
