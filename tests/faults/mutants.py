"""Five ways to break the receipts, as edits of the source text, each with tests that must notice.

python -m tests.faults.mutants          every mutant, with a report
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = (
    "flowengine",
    "nodes",
    "tests/flowengine/runtime",
    "tests/vectors",
    "tests/waiting.py",
    "tests/conftest.py",
    "pyproject.toml",
)
RUNTIME = "tests/flowengine/runtime"


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in `file`; each of `tests` must fail."""

    name: str
    why: str
    file: str
    old: str
    new: str
    tests: Sequence[str]


MUTANTS = (
    Mutant(
        "early settle",
        "a buffer acknowledges what it only holds",
        "flowengine/runtime/route.py",
        "    station.ledger.add(len(messages), receipt)\n",
        "    receipt.settle()\n    station.ledger.add(len(messages), Receipt())\n",
        (f"{RUNTIME}/test_settlement.py::test_a_held_message_is_not_acknowledged",),
    ),
    Mutant(
        "lost settle",
        "what a filter drops is never acknowledged, and the source stalls",
        "flowengine/runtime/route.py",
        "    if not messages:\n        receipt.settle()\n        return\n    count",
        "    if not messages:\n        return\n    count",
        (f"{RUNTIME}/test_settlement.py::test_a_filtered_message_is_acknowledged",),
    ),
    Mutant(
        "double settle",
        "a rejected row settles the holding of a good one that is still under way",
        "flowengine/runtime/route.py",
        "    if ERROR not in station.wires:\n        receipt.settle()\n",
        "    if ERROR not in station.wires:\n        receipt.settle()\n        receipt.settle()\n",
        (f"{RUNTIME}/test_settlement.py::test_a_rejected_message_settles_its_own_holding_only",),
    ),
    Mutant(
        "settle before commit",
        "a spool acknowledges before the disk has the records",
        "flowengine/runtime/spooled.py",
        "self.spool.append_nowait(records, self._clock.time_ns(), receipt.settle, beyond=True)",
        "self.spool.append_nowait(records, self._clock.time_ns(), int, beyond=True), receipt.settle()",
        (f"{RUNTIME}/test_settlement.py::test_a_spooled_message_is_acknowledged_after_the_sync",),
    ),
    Mutant(
        "settle on cancel",
        "a sink that is replaced while it writes acknowledges what it did not deliver",
        "flowengine/runtime/sinks.py",
        "                    self._return(messages, receipt)\n",
        "                    receipt.settle()\n",
        (
            f"{RUNTIME}/test_settlement.py::test_a_cancelled_write_is_not_acknowledged",
            f"{RUNTIME}/test_cancellation.py::test_nothing_acknowledged_is_lost_by_cancelling_at_any_await",
        ),
    ),
)


@contextmanager
def copy_of_the_sources() -> Iterator[Path]:
    """What the named tests need, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="flowengine-mutants-") as name:
        folder = Path(name)
        for part in COPIED:
            source, target = ROOT / part, folder / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        # The tests of the runtime start no server; the fixtures of those that do stay behind.
        (folder / "tests/conftest.py").write_text("")
        yield folder


def passes(folder: Path, tests: Sequence[str], patience_s: int) -> tuple[bool, str]:
    """Whether these tests pass in that copy, each wait having so long, and the end of what they said."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    command += [f"--basetemp={folder / 'temporary'}"]
    environment = {**os.environ, "FLOWENGINE_PATIENCE_S": str(patience_s)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode not in (0, 1):
        raise AssertionError(f"the tests could not run:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.returncode == 0, done.stdout[-600:]


@contextmanager
def mutated(folder: Path, mutant: Mutant) -> Iterator[None]:
    """The copy with this fault in it."""
    file = folder / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        raise AssertionError(f"{mutant.name}: {mutant.file} has changed; bring the mutant up to date")
    file.write_text(text.replace(mutant.old, mutant.new))
    try:
        yield
    finally:
        file.write_text(text)


def survivors() -> list[str]:
    """Names of mutants that a test did not notice; prints what happened to each."""
    alive = []
    with copy_of_the_sources() as folder:
        sound, said = passes(folder, [test for mutant in MUTANTS for test in mutant.tests], 60)
        if not sound:
            raise AssertionError(f"the tests fail without any mutant:\n{said}")
        for mutant in MUTANTS:
            with mutated(folder, mutant):
                unnoticed = any(passes(folder, [test], 15)[0] for test in mutant.tests)
            print(f"{mutant.name:22} {'SURVIVED' if unnoticed else 'noticed'}: {mutant.why}", flush=True)
            alive += [mutant.name] * unnoticed
    return alive


if __name__ == "__main__":
    sys.exit(1 if survivors() else 0)
