"""What is wrong with a flow file, where, and the nearest right word. Finds no problems itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning", "info"]
Code = Literal[
    "not-readable", "wrong-value", "missing-option", "bad-name", "bad-page", "bad-test", "unknown-section",
    "unknown-option", "unknown-node-type", "unknown-node", "unknown-port", "unknown-connection", "wrong-connection",
    "undefined-variable", "wired-to-source", "cycle", "unreached",
]  # fmt: skip
"""The kind of a fault, for programs; `message` is for people."""

SHOWN_INSTANCES = 3
Hint = str | tuple[str, Iterable[str]]
"""The right word, or a word with those that it may be a slip of."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file; lines and columns count characters from 1, the end is exclusive, `hint` is the right word.

    `node` is the id of the node or connection that holds the fault, empty where there is none;
    `path` leads to the value, empty where it is not known.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    node: str
    message: str
    hint: str = ""
    code: Code = "wrong-value"
    severity: Severity = "error"
    path: tuple[str | int, ...] = ()
    each: tuple[str, ...] = ()
    """Instances of a `for_each` that have this fault; empty for a node of its own."""

    def __str__(self) -> str:
        node = f"node {self.node}: " if self.node else ""
        hint = f" (did you mean {self.hint}?)" if self.hint else ""
        severity = "" if self.severity == "error" else f"{self.severity}: "
        return f"{self.file}:{self.line}:{self.column}: {severity}{node}{self.message}{hint}"


def merged(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each fault, in the order of the file: what several instances of a template have names them."""
    found: dict[Problem, list[str]] = {}
    told = list(problems)
    if any(p.severity == "error" and _is_of_wires(p) for p in told):
        told = [p for p in told if p.code != "unreached"]  # what leads where is not known
    unread = {(p.file, p.path): p for p in told if p.path and p.severity == "error" and _is_unread(p)}
    for problem in (p for p in told if unread.get((p.file, p.path), p) == p):
        found.setdefault(replace(problem, each=()), []).extend(problem.each)
    once = [replace(problem, each=tuple(dict.fromkeys(each))) for problem, each in found.items()]
    return sorted(map(_with_instances, once), key=lambda problem: (problem.file, problem.line, problem.column))


def _is_of_wires(problem: Problem) -> bool:
    """Whether a wire is not what somebody meant, so that other nodes seem to be without one."""
    of_a_node = len(problem.path) > 2 and problem.path[0] == "nodes" and problem.path[2] in ("to", "on_error")
    return of_a_node or problem.code == "unknown-node"


def _is_unread(problem: Problem) -> bool:
    """Whether nobody knows the value, so that what else is said of it follows from that."""
    return problem.code == "undefined-variable" or problem.message.endswith("needs quotes")


def _with_instances(problem: Problem) -> Problem:
    if not problem.each:
        return problem
    more = len(problem.each) - SHOWN_INSTANCES
    names = ", ".join(problem.each[:SHOWN_INSTANCES]) + (f" and {more} more" if more > 0 else "")
    return replace(problem, message=f"{problem.message} (in {names})")


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a slip of, or None when none is near."""
    known: dict[str, str] = {}
    for candidate in candidates:
        known.setdefault(_folded(candidate), candidate)
    slip = _folded(word)[:200]
    close = get_close_matches(slip, known, n=3, cutoff=0.6)
    return next((known[word] for word in close if len(word) <= 2 * len(slip) or word.startswith(slip)), None)


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_")
