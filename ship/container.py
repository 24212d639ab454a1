"""Reads the Containerfile: its stages and what each instruction says. Builds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Instruction(NamedTuple):
    """One line, with what continues it."""

    word: str
    """In capitals, such as `RUN`."""
    text: str


def stages(path: Path) -> list[list[Instruction]]:
    """The instructions of each stage, which begins with its `FROM`."""
    found: list[list[Instruction]] = []
    lines = path.read_text().replace("\\\n", " ").splitlines()
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        word, _, text = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append(Instruction(word, text.strip()))
    return found


def texts(stage: list[Instruction], word: str) -> list[str]:
    """What every instruction of this word says."""
    return [instruction.text for instruction in stage if instruction.word == word]
