"""Lines of the audit about strangers are bounded; a token is told once a day and address."""

from __future__ import annotations

from web_editor.auth.access import Caller
from web_editor.auth.entries import BURST, TOKEN_S, Entries


class Told:
    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = []
        self.now_s = 0.0
        self.entries = Entries(self._record, lambda: self.now_s)

    async def _record(self, *line: str) -> None:
        self.lines.append(line)


async def test_a_flood_of_failures_pushes_nobody_elses_lines_out() -> None:
    told = Told()
    for _ in range(BURST + 500):
        await told.entries.failed("log in refused", "anna", "192.0.2.1")
    assert len(told.lines) == BURST
    told.now_s = 61.0
    await told.entries.failed("token refused", "", None)
    assert told.lines[-1] == ("(nobody)", "token refused", "", "from an unknown address; 500 more before, not listed")


async def test_a_token_is_told_once_a_day_and_address() -> None:
    told, caller = Told(), Caller("token:robot", "viewer", "token", "hash")
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        await told.entries.used(caller, address)
    assert told.lines == [("token:robot", "use token", "robot", f"from 192.0.2.{n}") for n in (1, 2)]
    told.now_s = TOKEN_S + 1
    await told.entries.used(caller, "192.0.2.1")
    assert len(told.lines) == 3
