"""Units of time that are mixed are found by numbers and names; what may be meant is let pass."""

import ast

import pytest

from flowengine.expression.seconds import mixed_units


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("time / 1e9", "time is in seconds, not in nanoseconds"),
        ("time // 1000", "time is in seconds, not in milliseconds"),
        ("time - 60000000000", "time is in seconds, 60000000000 is none that anybody means"),
        ("-60000000000 + time", "time is in seconds, -60000000000 is none that anybody means"),
        ("0 < payload.t and 1785196800000 <= message.arrived", "message.arrived is in seconds, 1785196800000 is none"),
        ("(time - payload.t_ns) / 1e9", "time is in seconds, payload.t_ns by its name in nanoseconds"),
        ("payload['ts_ms'] < parse_time(payload.at)", "payload['ts_ms'] by its name in milliseconds"),
    ],
)
def test_what_takes_seconds_for_a_finer_unit_is_told(written: str, said: str) -> None:
    [(part, found)] = mixed_units(ast.parse(written))
    assert said in found and part in ast.unparse(ast.parse(written))


@pytest.mark.parametrize(
    "written",
    [
        "time - 3600",
        "time * 1000",
        "time // 3600",
        "time > 1785196800",
        "time - payload.t_ms / 1000",
        "time * 1e9 - payload.t_ns",
        "payload.t_ns - payload.u_ns > 5e12",
        "time - payload.items",
        "time - payload.t_s > 1.5e9",
    ],
)
def test_what_may_be_meant_is_let_pass(written: str) -> None:
    assert list(mixed_units(ast.parse(written))) == []
