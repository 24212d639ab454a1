"""What of a flow came from outside its text (environment, secrets, `--set`), so that no problem ever tells it."""

from __future__ import annotations

from typing import Any

from flowengine.config import Secret

Path = tuple[str | int, ...]
SHORTEST = 4
"""Values of fewer characters are found by their place alone: as words they are everywhere."""


class Outside:
    """Places of a flow that hold more than what is written there, and the values that were put in.

    With `resolved` false nothing was looked up: what such a place holds is not known, so nothing is wrong with it.
    """

    def __init__(self, resolved: bool = True, values: dict[str, str] | None = None):
        self.resolved = resolved
        self._written: dict[Path, str] = {}
        self._above: dict[Path, Path] = {}
        self._values = {} if values is None else values

    def place(self, path: Path, written: str) -> None:
        """The scalar at `path` is not what is written there."""
        self._written[path] = written
        for end in range(len(path)):
            self._above.setdefault(path[:end], path)

    def value(self, value: Any, reference: str) -> None:
        """`reference` stands for this value."""
        text = value.reveal() if isinstance(value, Secret) else str(value)
        if len(text) >= SHORTEST:
            self._values[text] = f"${{{reference}}}"

    def written(self, path: Path) -> str | None:
        """The text that is written at `path`, at a part of it or at what it is a part of; None where all is."""
        below = self._above.get(path)
        if below is not None:
            return self._written[below]
        return next((self._written[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._written), None)

    def within(self) -> Outside:
        """Places of a subflow's file, with the same values."""
        return Outside(self.resolved, self._values)

    def take(self, inner: Outside, path: Path) -> None:
        """What the nodes of a subflow hold is what its instance at `path` holds."""
        for place, written in inner._written.items():
            if place[0] == "nodes":
                self.place((*path, *place[2:]), written)

    def holds(self, path: Path) -> bool:
        """Whether anything at `path` came from outside."""
        return self.written(path) is not None

    def star(self, text: str) -> str:
        """The text with references where their values are."""
        for value, reference in self._values.items():
            if value in text:
                text = text.replace(value, reference)
        return text
