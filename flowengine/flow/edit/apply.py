"""Applies operations to a text: splices, reads the result again, compares it with what was asked. Writes no file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flowengine.flow.document import Document, Path
from flowengine.flow.edit.operations import EditRefused, Move, Operation, Paste, ReplaceText
from flowengine.flow.edit.pasted import additions
from flowengine.flow.edit.places import Splice
from flowengine.flow.edit.sharing import aliases, borrowed, parted, refuse_shared, written_at
from flowengine.flow.edit.splice import Splicer
from flowengine.flow.edit.steps import Insert, Remove, RenameKey, Step, at, change, copied, same, spoken
from flowengine.flow.edit.wires import Names, Steps, steps_of

__all__ = ["EditRefused", "Edited", "apply"]


@dataclass(frozen=True, slots=True)
class Edited:
    """The new text, as a parsed document too; `renamed` tells the ids that `add` with `free` had to change."""

    text: str
    document: Document
    renamed: dict[str, str] = field(default_factory=dict)


def apply(text: str | Document, operations: Iterable[Operation]) -> Edited:
    """The text after all operations, every other character as it was. Raises EditRefused, for all of them or none."""
    document = text if isinstance(text, Document) else Document.parse(text, "flow")
    mark = "\ufeff" if isinstance(text, str) and text.startswith("\ufeff") else ""
    names: Names = {}
    draft: _Draft | None = None
    for operation in operations:
        if isinstance(operation, ReplaceText):
            document, draft = _readable(Document.parse(operation.text, document.name)), None
        elif not isinstance(operation, Move):
            draft = draft or _Draft(_readable(document))
            for each in additions(operation.text, draft.expected) if isinstance(operation, Paste) else (operation,):
                draft.take(steps_of(draft.expected, each, names))
    document = draft.finished() if draft else document
    return Edited(mark + document.text, document, dict(names.get(("nodes",), {})))


def _readable(document: Document) -> Document:
    if document.root is None and document.problems:
        problem = document.problems[0]
        raise EditRefused(f"line {problem.line} has to be put right first: {problem.message}")
    return document


class _Draft:
    """Operations on their way: a document, the data it shall hold, and splices that are not yet made."""

    def __init__(self, document: Document):
        self.problems = len(document.problems)
        self.expected = copied(document.data)
        self._read(document)

    def take(self, plan: Steps) -> None:
        """Every step of a plan; what cannot wait is spliced and read again."""
        for step in plan.steps:
            self._do(step, plan.everywhere)

    def finished(self) -> Document:
        """The document with all that was asked, compared with the data that it shall hold."""
        self._flush()
        return self.document

    def _read(self, document: Document) -> None:
        self.document = document
        self.splicer = Splicer(document)
        self.aliases = aliases(document)
        self.splices: list[Splice] = []
        self.touched: list[Path] = []
        self.cut: list[Path] = []

    def _do(self, step: Step, everywhere: bool) -> None:
        if self._conflicts(step):
            self._flush()
        touched = self._touched(step)
        self.expected = change(self.expected, step)
        if everywhere and borrowed(self.document, step.path) is not None:
            self._follow(step)
            return
        splice = self._splice(step, everywhere)
        if any(splice.start < other.end and other.start < splice.end for other in self.splices):
            self._read_again()
            splice = self._splice(step, everywhere)
        self.splices.append(splice)
        self.touched += touched
        if isinstance(step, Remove):
            self.cut += touched

    def _splice(self, step: Step, everywhere: bool) -> Splice:
        if not everywhere:
            step = parted(self.document, step, self.expected)
            refuse_shared(self.document, self.aliases, step)
        return self.splicer.splice(step)

    def _follow(self, step: Step) -> None:
        """Make the step where its value is written; all places that share it change alike, which the end compares."""
        place = written_at(self.document, step.path)
        if place is None or isinstance(step, RenameKey | Remove | Insert):
            raise EditRefused(f"{spoken(step.path)} comes by an alias; write it out there first")
        if not any(place == touched for touched in self.touched):
            self._do(replace(step, path=place), everywhere=True)

    def _conflicts(self, step: Step) -> bool:
        """Whether the step's place may have moved, or its neighbours gone, by splices that are still to be made."""
        touched = self._touched(step)
        if any(one[: len(other)] == other[: len(one)] for one in touched for other in self.touched):
            return True
        beside = step.path[:-1]
        return isinstance(step, Remove) and any(t[:-1] == beside and t not in self.cut for t in self.touched)

    def _touched(self, step: Step) -> list[Path]:
        """Paths that other steps must stay clear of until the splices are made; `expected` is before the step."""
        if not step.path:
            return [()]
        parent = step.path[:-1]
        if isinstance(step, RenameKey):
            return [step.path, (*parent, step.new)]
        whole = isinstance(step.path[-1], int) or len(at(self.expected, parent) or ()) < (2 if _is_cut(step) else 1)
        return [parent] if whole or (_is_cut(step) and not self.splicer.has_lines(parent)) else [step.path]

    def _flush(self) -> None:
        """Make the splices that wait, and compare the result with what is expected so far."""
        if self.splices:
            self._read_again()
        if not same(self.document.data, self.expected):
            raise EditRefused("the edit cannot be written in this text without changing something else")

    def _read_again(self) -> None:
        document = Document.parse(_spliced(self.document.text, self.splices), self.document.name)
        if len(document.problems) > self.problems:
            raise EditRefused(f"the edit would give text that cannot be read: {document.problems[-1].message}")
        self._read(document)


def _is_cut(step: Step) -> bool:
    return isinstance(step, Insert | Remove)


def _spliced(text: str, splices: list[Splice]) -> str:
    parts, done = [], 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < done:
            raise EditRefused("two changes of this edit fall on the same characters")
        parts += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join([*parts, text[done:]])
