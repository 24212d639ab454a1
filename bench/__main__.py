"""`python -m bench` (`./dev bench`): measure engines side by side. Without arguments: a short sweep. See README.md."""

from __future__ import annotations

import argparse
import fcntl
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench import acknowledging, ceiling, example, faults, paced, pairing, report, saturation, startup
from bench.adapters import before
from bench.toolbox import HERE, SCRATCH, node_red

Measure = Callable[[Any, str, dict[str, Any]], dict[str, Any]]
MEASURES: dict[str, Measure] = {
    "sat": saturation.measure,
    "rate": paced.measure,
    "start": startup.measure,
    "ack": acknowledging.measure,
    "fail": faults.measure,
    "ceiling": ceiling.measure,
    "example": example.measure,
}
WITHOUT_ENGINE = ("ceiling", "example")
"""Measures that start what they need themselves."""

RESULTS = Path(os.environ.get("BENCH_RESULTS", HERE / "results" / "runs.jsonl"))
PAUSE_S = 0.5


def main() -> int:
    """Exit status: 0 measured, 1 at least one run failed."""
    options = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if options.measure == "table":
        print(report.table(report.rows(RESULTS, options.scenario or "")))
        return 0
    if options.measure == "pair":
        return _pair(options)
    if options.measure == "sweep":
        plan = _sweep(options.scenario or "short")
    else:
        plan = [[options.measure, options.scenario, dict(map(_parameter, options.p))]]
    began = len(report.rows(RESULTS))
    ok = _run(plan, options)
    if options.measure == "sweep":
        print(report.table(report.rows(RESULTS)[began:]))
    return 0 if ok else 1


def _sweep(name: str) -> list[list[Any]]:
    plan: list[list[Any]] = json.loads((HERE / "sweeps" / f"{name}.json").read_text())
    return plan


def _pair(options: argparse.Namespace) -> int:
    """This tree against an earlier commit; a warning is no failure."""
    if options.scenario:
        os.environ["BENCH_BEFORE"] = options.scenario
    try:
        commit = before.commit()
    except (OSError, subprocess.CalledProcessError):
        print("bench: no earlier commit here to compare with", flush=True)
        return 0
    options.engine = ",".join(pairing.ENGINES)
    began = len(report.rows(RESULTS))
    ok = _run(_sweep("pair"), options)
    print("\n".join(pairing.verdict(pairing.ratios(report.rows(RESULTS)[began:]), commit[:10])))
    return 0 if ok else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure engines side by side.")
    parser.add_argument("measure", nargs="?", default="sweep", choices=[*MEASURES, "sweep", "pair", "table"])
    parser.add_argument(
        "scenario",
        nargs="?",
        help="f1 to f6; the name of an example or a sweep; a commit; a word to filter a table by",
    )
    parser.add_argument("--engine", default="", help="comma list, interleaved; default: flowengine and nodered")
    parser.add_argument("--runs", type=int, default=0, help="default: 3; for sweeps and examples 1")
    parser.add_argument("--smoke", action="store_true", help="do not wait for the lock; never a figure")
    parser.add_argument("-p", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the run")
    return parser.parse_args()


def _parameter(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _run(plan: list[list[Any]], options: argparse.Namespace) -> bool:
    """All entries of the plan, round by round, the engines interleaved within each."""
    engines, failed = [] if options.measure in WITHOUT_ENGINE else _engines(options.engine), 0
    runs = options.runs or (1 if options.measure in ("sweep", "example") else 3)
    for turn in range(runs):
        for measure, scenario, params in plan:
            for name in ["-"] if measure in WITHOUT_ENGINE else engines:
                with _lock() if not options.smoke else ExitStack():
                    row = _one(measure, scenario, params, name, turn)
                if options.smoke:
                    row["smoke"] = True
                report.append(RESULTS, row)
                print(json.dumps(row), flush=True)
                failed += "error" in row
                time.sleep(PAUSE_S)
    return not failed


def _engines(wanted: str) -> list[str]:
    if wanted:
        return wanted.split(",")
    try:
        node_red()
    except RuntimeError as reason:
        print(f"bench: without Node-RED ({reason}): flowengine alone, compare with node_red_baseline.jsonl", flush=True)
        return ["flowengine"]
    return ["flowengine", "nodered"]


def _one(measure: str, scenario: str, params: dict[str, Any], name: str, turn: int) -> dict[str, Any]:
    engine = None if name == "-" else importlib.import_module(f"bench.adapters.{name}").Engine()
    row = {"engine": name, "measure": measure, "scenario": scenario, "params": params, "run": turn}
    began_s = time.monotonic()
    wanted = dict(params)
    if measure == "sat" and "n" in params:
        wanted["n"] *= getattr(engine, "scale", 1)
    try:
        row |= MEASURES[measure](engine, scenario, wanted)
    except Exception as fault:
        row["error"] = f"{type(fault).__name__}: {fault}"[:1500]
    return {**row, "took_s": round(time.monotonic() - began_s, 1), "at": time.strftime("%Y-%m-%dT%H:%M:%S")}


def _lock() -> AbstractContextManager[None]:
    """Held for every timed run, so that two of them never share the machine."""

    @contextmanager
    def held() -> Any:
        SCRATCH.mkdir(parents=True, exist_ok=True)
        with (SCRATCH / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    return held()


if __name__ == "__main__":
    sys.exit(main())
