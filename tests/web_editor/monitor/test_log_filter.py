"""Lines of the log by level, flow and text."""

from __future__ import annotations

import pytest

from flowengine.runtime.logs import LogLine
from web_editor.monitor.log_filter import wanted
from web_editor.problems import Fault


def line(level: str, flow: str, message: str) -> LogLine:
    known = {"level": level, "flow": flow, "message": message}
    others = {name: "" for name in LogLine.__struct_fields__ if name not in known}
    return LogLine(**{**others, **known})


LINES = [line("info", "hall", "Pump on"), line("warning", "hall", "no answer"), line("error", "yard", "pump gone")]


@pytest.mark.parametrize(
    ("level", "flow", "search", "found"),
    [
        ("", "", "", [0, 1, 2]),
        ("warning", "", "", [1, 2]),
        ("", "hall", "", [0, 1]),
        ("", "", "PUMP", [0, 2]),
        ("error", "hall", "", []),
    ],
)
def test_lines_are_wanted_by_all_that_is_asked(level: str, flow: str, search: str, found: list[int]) -> None:
    assert wanted(LINES, level, flow, search) == [LINES[index] for index in found]


def test_an_unknown_level_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Fault, match="level is one of"):
        wanted(LINES, "loud", "", "")
