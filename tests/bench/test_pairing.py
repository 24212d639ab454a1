"""Pairs of runs are compared within each pair, and a warning needs a median above ten percent."""

from typing import Any

from bench.pairing import ratios, verdict


def _row(engine: str, run: int, cost: float | None, scenario: str = "f1") -> dict[str, Any]:
    found = {"cpu_us_per_message": cost} if cost else {"error": "it did not start"}
    return {"engine": engine, "scenario": scenario, "run": run, **found}


def test_each_pair_gives_one_ratio_however_the_machine_drifts() -> None:
    rows = [_row("flowengine", 0, 10), _row("before", 0, 8), _row("flowengine", 1, 20), _row("before", 1, 16)]
    assert ratios(rows) == {"f1": [1.25, 1.25]}


def test_a_run_that_failed_leaves_its_pair_out() -> None:
    rows = [_row("flowengine", 0, None), _row("before", 0, 8), _row("flowengine", 1, 9), _row("before", 1, 9)]
    assert ratios(rows) == {"f1": [1.0]}


def test_only_a_median_above_ten_percent_warns() -> None:
    [quiet, loud] = verdict({"f1": [1.0, 1.09, 3.0], "f4": [1.12, 1.2, 0.9]}, "abc")
    assert quiet.startswith("f1: a message takes 1.09 of") and loud.startswith("WARNING: f4: a message takes 1.12 of")


def test_nothing_measured_is_said() -> None:
    assert verdict({}, "abc") == ["nothing to compare with abc"]
