"""What is wrong with a flow file, where, and the nearest right word. Finds no problems itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning", "info"]


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
    severity: Severity = "error"
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        node = f"node {self.node}: " if self.node else ""
        hint = f" (did you mean {self.hint}?)" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {node}{self.message}{hint}"


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a slip of, or None when none is near."""
    known: dict[str, str] = {}
    for candidate in candidates:
        known.setdefault(_folded(candidate), candidate)
    close = get_close_matches(_folded(word)[:200], known, n=1, cutoff=0.6)
    return known[close[0]] if close else None


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_")
