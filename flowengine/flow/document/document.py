"""One YAML file: its data, the place of every value, and what is wrong with it as YAML."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from flowengine.flow.document.data import Data, lookup
from flowengine.flow.document.mends import is_cut_off
from flowengine.flow.document.tree import Alias, Broken, Node, Scalar, grow
from flowengine.flow.problem import Problem

MAX_BYTES = 2**20
MAX_MESSAGE = 300
Path = tuple[str | int, ...]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Position:
    """A range of a file: lines and columns count characters from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True, eq=False)
class Document:
    """A parsed file. `data` is None where the text cannot be read; then `problems` says why."""

    name: str
    text: str
    data: Any = None
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    _line_starts: list[int] = field(default_factory=list, repr=False)

    @classmethod
    def parse(cls, text: str | bytes, name: str) -> Document:
        """The document in `text`, whatever is wrong with it. A byte order mark is dropped."""
        if isinstance(text, bytes):
            return cls._from_bytes(text, name)
        document = cls(name, text.removeprefix("\ufeff"))
        try:
            document._check_characters()
            document.root = grow(document.text)
            document._fill()
        except Broken as fault:
            document.data = document.root = None
            document._report(fault.message, fault.start, fault.end, ())
        return document

    @classmethod
    def _from_bytes(cls, raw: bytes, name: str) -> Document:
        try:
            return cls.parse(raw[: MAX_BYTES + 4].decode() if len(raw) > MAX_BYTES else raw.decode(), name)
        except UnicodeDecodeError as fault:
            document = cls(name, raw[: fault.start].decode())
            at = len(document.text)
            said = f"byte 0x{raw[fault.start]:02x} is not UTF-8; save the file as UTF-8"
            if len(raw) > MAX_BYTES:
                said = f"larger than {MAX_BYTES} bytes"
            document._report(said, at, at + 1, ())
            return document

    @property
    def broken(self) -> bool:
        """Whether the text is no YAML, or other YAML than was meant: the first problem says where."""
        return bool(self.problems) and (self.root is None or any(is_cut_off(p.message) for p in self.problems))

    def where(self, path: Path, key: bool = False) -> Position:
        """The place of the value at `path` (or of its key), or of the nearest ancestor that the file has."""
        start, end = 0, 0
        node = self.root
        if node is not None and not key:
            start, end = node.start, node.end
        for step in path:
            found = lookup(node, step)
            if found is None:
                break
            name, node = found
            start, end = (name.start, name.end) if name is not None and key else (node.start, node.end)
        return self.position(start, end)

    def inside(self, path: Path, text: str, offset: int) -> Position | None:
        """The place of one character of the scalar `text` at `path`; None where the file does not show it as it is."""
        node = self.find(path)
        if not isinstance(node, Scalar) or node.text.strip() != text.strip():
            return None
        offset += node.text.find(text.strip()) - text.find(text.strip())
        source = self.text[node.start : node.end]
        if node.style == "|":
            line, column = node.text.count("\n", 0, offset), offset - (node.text.rfind("\n", 0, offset) + 1)
            rows = [row.rstrip("\r") for row in source.split("\n")]
            indents = [len(row) - len(row.lstrip(" ")) for row in rows[1:] if row.strip()]
            if line + 1 >= len(rows) or not indents:
                return None
            start = node.start + sum(len(row) + 1 for row in source.split("\n")[: line + 1])
            at = start + min(indents[0], len(rows[line + 1])) + column
        elif (found := source.find(node.text)) >= 0:
            at = node.start + found + offset
        else:
            return None
        return self.position(at, at + 1)

    def find(self, path: Path) -> Node | None:
        """The node at `path`, reached without following an alias or a merge; None if there is none such."""
        node = self.root
        for step in path:
            found = lookup(node, step, own=True) if not isinstance(node, Alias) else None
            if found is None:
                return None
            node = found[1]
        return node

    def position(self, start: int, end: int) -> Position:
        """Lines and columns of a range of characters."""
        return Position(*self._place(start), *self._place(max(start, end)))

    def _place(self, index: int) -> tuple[int, int]:
        if not self._line_starts:
            self._line_starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        line = bisect_right(self._line_starts, index)
        return line, index - self._line_starts[line - 1] + 1

    def _check_characters(self) -> None:
        size = len(self.text) if len(self.text) > MAX_BYTES else len(self.text.encode("utf-8", "surrogatepass"))
        if size > MAX_BYTES:
            raise Broken(f"larger than {MAX_BYTES} bytes", 0)
        if bad := _FORBIDDEN.search(self.text):
            code = f"U+{ord(bad[0]):04X}"
            raise Broken(f'the character {code} cannot stand in YAML; write it as an escape in "quotes"', bad.start())

    def _fill(self) -> None:
        if self.root is None:
            return
        data = Data(self.text, self._said_at)
        self.data = data.of(self.root)
        for fault in data.faults:
            self._report(fault.message, fault.start, fault.end, fault.path, fault.hint)

    def _said_at(self, index: int) -> str:
        return "line {}, column {}".format(*self._place(index))

    def _report(self, message: str, start: int, end: int, path: Path, hint: str = "") -> None:
        place = self.position(start, end)
        message = message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"
        node = str(path[1]) if len(path) > 1 and path[0] in ("nodes", "connections") else ""
        self.problems.append(
            Problem(
                self.name,
                place.line,
                place.column,
                place.end_line,
                place.end_column,
                node,
                message,
                hint,
                "not-readable",
                path=path,
            )
        )
