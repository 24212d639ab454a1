"""The log goes where the arguments say, as text or JSON, rotates, and never holds up the engine."""

from __future__ import annotations

import argparse
import json
import logging
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.cli.logs import Unhurried, add_log_arguments, keep_out_of_log, start_logging
from flowengine.runtime.context import node_log
from flowengine.runtime.redact import KnownSecrets


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_log_arguments(parser)
    return parser.parse_args(arguments)


def test_json_lines_carry_flow_node_and_trace(tmp_path: Path) -> None:
    stop = start_logging(options("--log-format", "json", "--log-file", str(tmp_path / "deep" / "log")))
    node_log("plant", "pump").warning("is %s", "hot")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("flowengine").exception("failed")
    stop()
    warm, failed = [json.loads(line) for line in (tmp_path / "deep" / "log").read_text().splitlines()]
    assert (warm["flow"], warm["node"], warm["level"]) == ("plant", "pump", "warning")
    assert warm["message"] == "plant/pump: is hot" and warm["at"].endswith("+00:00")
    assert failed["message"] == "failed" and failed["trace"].endswith("ValueError: broken")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_in_no_line_and_no_trace(tmp_path: Path, form: str) -> None:
    stop = start_logging(options("--log-format", form, "--log-file", str(tmp_path / "log")))
    known = KnownSecrets({"token": "kV9-xQ2m"})
    known.get("token")
    keep_out_of_log(known.text)
    node_log("plant", "pump").warning("refused %s", "kV9-xQ2m")
    node_log("plant", "pump").warning("cut %s and %s", "kV9-xQ2m".upper(), "kV9-xQ2m"[:6])
    try:
        raise ValueError("https://service/?token=kV9-xQ2m")
    except ValueError:
        logging.getLogger("flowengine").exception("failed")
    stop()
    written = (tmp_path / "log").read_text()
    assert (
        "kV9-xQ2m" not in written
        and "refused •••" in written
        and "cut ••• and •••" in written
        and "https://service/?token=•••" in written
    )


def test_files_rotate_by_size_and_old_ones_go(tmp_path: Path) -> None:
    stop = start_logging(options("--log-file", str(tmp_path / "log"), "--log-rotate", "1kB", "--log-keep", "2"))
    for number in range(200):
        logging.getLogger("flowengine").info("line %d", number)
    stop()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())


def test_a_level_below_is_not_written(tmp_path: Path) -> None:
    stop = start_logging(options("--log-file", str(tmp_path / "log"), "--log-level", "error"))
    logging.getLogger("flowengine").warning("not this")
    stop()
    assert (tmp_path / "log").read_text() == ""


def test_a_wrong_rotation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--log-rotate"):
        start_logging(options("--log-file", str(tmp_path / "log"), "--log-rotate", "weekly-ish"))


def test_lines_beyond_the_bound_are_dropped_and_the_next_one_says_so() -> None:
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(2)
    handler = Unhurried(waiting)
    for number in range(5):
        handler.emit(logging.makeLogRecord({"msg": f"line {number}"}))
    assert [waiting.get().getMessage() for _ in range(2)] == ["line 0", "line 1"]
    handler.emit(logging.makeLogRecord({"msg": "line 5"}))
    assert waiting.get().getMessage() == "(3 lines were dropped before this one) line 5"
