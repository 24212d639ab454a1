"""Options that are a list of maps and stand in a table: rows for the option, and faults told by their line.

Reads what it is given; knows no node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from flowengine.config import Config, OrTable
from flowengine.counts import count_of
from flowengine.flow.document import scalar
from flowengine.flow.each import Beside
from flowengine.flow.outside import Path
from flowengine.flow.settings import Report
from flowengine.flow.table import table_of


@dataclass
class Tables:
    """The tables of one node, by option; `report` tells of a fault of a row by the line and column of its file."""

    name: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    """Options whose table could not be read, which was told: nothing else is said of them."""

    def telling(self, report: Report, node: Path) -> Report:
        """`report`, with faults of rows led to the option, and their place in the table in front."""

        def tell(path: Path, message: str, hint: Any = "", **more: Any) -> None:
            option = path[len(node)] if len(path) > len(node) else None
            if option in self.unread:
                return
            if option in self.lines and len(path) > len(node) + 1:
                message = self._placed(str(option), path[len(node) + 1 :], message)
                path = (*node, str(option))
                more |= {"quotes": False, "about": None, "key": False}
            report(path, message, hint, **more)

        return tell

    def _placed(self, option: str, steps: Path, message: str) -> str:
        row = int(steps[0])
        place = f"{self.name[option]}:{self.lines[option][row]}"
        if len(steps) > 1 and steps[1] in self.columns[option]:
            place += f":{self.columns[option].index(str(steps[1])) + 1}"
        own = re.sub(rf"{option}[.]{row}[.]?", "", message, count=1)
        return f"{place}: {re.sub(rf'{option}[.]([0-9]+)$', self._other(option), own)}"

    def _other(self, option: str) -> Callable[[re.Match[str]], str]:
        """Where the row stands that a message names at its end."""
        return lambda found: f"{self.name[option]}:{self.lines[option][int(found[1])]}"


def filled(
    config: type[Config], options: Mapping[str, Any], beside: Beside | None, node: Path, report: Report
) -> tuple[dict[str, Any], Tables]:
    """The options, rows put in for those that name a table, and where these stand; reports what cannot be read."""
    made, tables = dict(options), Tables()
    for name, known in _table_options(config):
        given = made.get(name)
        if not isinstance(given, str):
            continue
        try:
            content = _content(given, known, beside)
            header, rows = table_of(content, given)
            found = list(rows)
        except (LookupError, ValueError) as fault:
            report((*node, name), str(fault.args[0]), (given, known.names()))
            tables.unread.add(name)
            continue
        texts = _texts(config, name)
        made[name] = [_row(header, cells, texts) for _, cells in found]
        tables.name[name], tables.columns[name] = given, header
        tables.lines[name] = [line for line, _ in found]
        for line, cells in found:
            if len(cells) > len(header):
                said = f"{given}:{line}: {count_of(len(cells), 'cell')}, the first line has {len(header)}"
                report((*node, name), said, quotes=False)
    return made, tables


def _table_options(config: type[Config]) -> Iterator[tuple[str, OrTable]]:
    for name, of in config.model_fields.items():
        for known in of.metadata:
            if isinstance(known, OrTable):
                yield of.alias or name, known


def _content(given: str, known: OrTable, beside: Beside | None) -> bytes:
    """The table of that name. Raises LookupError for a name that is none, ValueError for a file too large."""
    if (shipped := known.shipped(given)) is not None:
        return shipped
    if not given.endswith(".csv"):
        there = ", ".join(known.names())
        raise LookupError(f"a list, a file called NAME.csv{f', or one of {there}' if there else ''}, not {given!r}")
    content = beside(given) if beside is not None else None
    if content is None:
        raise LookupError(f"there is no file {given!r} beside the flow")
    return content


def _texts(config: type[Config], option: str) -> frozenset[str]:
    """The columns whose cells are text, whatever they look like."""
    (row,) = (each for each in get_args(config.model_fields[option].annotation) if issubclass(each, Config))
    return frozenset(of.alias or name for name, of in row.model_fields.items() if of.annotation is str)


def _row(header: list[str], cells: list[str], texts: frozenset[str]) -> dict[str, Any]:
    """A map of the cells that hold something."""
    filled = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
    return {name: cell if name in texts else _value(cell) for name, cell in filled.items()}


def _value(cell: str) -> Any:
    try:
        return scalar(cell)
    except ValueError:  # a number too large to hold
        return cell
