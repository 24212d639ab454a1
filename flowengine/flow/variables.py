"""Fills `${…}` in the scalars of a flow: variables of the flow, the environment, secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from flowengine.config import Secret
from flowengine.flow.budget import Budget, weight
from flowengine.flow.document import scalar
from flowengine.flow.outside import Outside, Path
from flowengine.flow.problem import Severity
from flowengine.secrets import SHORT, Unreadable

REFERENCE = re.compile(r"\$(\$)?\{([^}]*)\}")
_NAME = re.compile(r"(secret:)?[A-Za-z_][A-Za-z0-9_.-]*")
TOO_SHORT = f"is shorter than {SHORT} characters: it is easily guessed, and answers may show it"


class Report(Protocol):
    """Is told of a fault."""

    def __call__(self, path: Path, fault: str, word: str, severity: Severity = "error") -> None:
        """Take the path of a scalar, the fault and the word that was looked for."""


class Secrets(Protocol):
    """Where secrets come from."""

    def get(self, name: str) -> str | None:
        """The secret, or None when there is none of that name."""


@dataclass
class Variables:
    """Names that `${…}` may use; a flow's own `vars` win over the environment.

    Where `outside` is not resolved, neither environment nor secrets are looked at: a reference stays as it is written.
    """

    environment: Mapping[str, str]
    secrets: Secrets
    own: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    """Values given from outside; they win over `vars:`."""

    outside: Outside = field(default_factory=Outside)
    budget: Budget = field(default_factory=Budget)
    untold: set[str] = field(default_factory=set)
    """Those of `fixed`, later of `own`, whose values no problem may tell."""

    _weights: dict[str, int] = field(default_factory=dict)

    def with_values(self, values: Mapping[str, Any], untold: bool = False) -> Variables:
        """The same with some more, which win over all others; `untold` when they come from outside the text."""
        told = self.untold | set(values) if untold else self.untold - set(values)
        return replace(self, own={**self.own, **values}, untold=told, _weights={})

    def define(self, declared: Mapping[str, Any], path: Path, report: Report) -> None:
        """Take the `vars:` of a flow; later ones may use earlier ones."""
        for name, value in declared.items():
            if name in self.fixed:
                self.own[name] = self.fixed[name]
                continue
            self.own[name] = self.fill(value, (*path, name), report)
            if self.outside.holds((*path, name)):
                self.untold.add(name)

    def fill(self, value: Any, path: Path, report: Report) -> Any:
        """`value` with every reference in its scalars replaced; unknown names are reported and left.

        Raises `TooMuch` when references make more of the text than a flow may have.
        """
        if isinstance(value, str):
            return self._fill_text(value, path, report) if "${" in value else value
        if isinstance(value, dict):
            return {key: self.fill(item, (*path, key), report) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*path, index), report) for index, item in enumerate(value)]
        return value

    def _fill_text(self, text: str, path: Path, report: Report) -> Any:
        untold = False

        def value_of(reference: str) -> Any:
            nonlocal untold
            value, hidden = self._value(reference, path, report)
            untold |= hidden
            return value

        whole = REFERENCE.fullmatch(text)
        filled = value_of(whole[2]) if whole and not whole[1] else self._fill_parts(text, value_of)
        if untold:
            self.outside.place(path, text)
        return filled

    def _fill_parts(self, text: str, value_of: Callable[[str], Any]) -> Any:
        secret = False

        def part(match: re.Match[str]) -> str:
            nonlocal secret
            if match[1]:
                return match[0][1:]
            value = value_of(match[2])
            if isinstance(value, Secret):
                secret = True
                return value.reveal()
            return as_text(value)

        filled = REFERENCE.sub(part, text)
        return Secret(filled) if secret else filled

    def _value(self, reference: str, path: Path, report: Report) -> tuple[Any, bool]:
        """What a reference stands for, and whether that comes from outside the text."""
        name, has_default, default = reference.partition(":-")
        if not _NAME.fullmatch(name):
            report(
                path,
                f"${{{reference}}} is not a reference; write ${{NAME}}, ${{NAME:-default}} or ${{secret:NAME}}",
                "",
            )
            return "", False
        if name in self.own:
            self.budget.characters(self._weight(name))
            return self.own[name], name in self.untold
        if not self.outside.resolved:
            return (_scalar(default), False) if has_default else (f"${{{reference}}}", True)
        try:
            value = self._secret(name, path, report) if name.startswith("secret:") else self._variable(name)
        except LookupError as fault:
            if has_default:
                return _scalar(default), False
            report(path, str(fault.args[0]), name.removeprefix("secret:"))
            return "", False
        self.budget.characters(weight(value))
        self.outside.value(value, name)
        return value, True

    def _weight(self, name: str) -> int:
        found = self._weights.get(name)
        if found is None:
            found = self._weights[name] = weight(self.own[name])
        return found

    def _secret(self, reference: str, path: Path, report: Report) -> Secret:
        name = reference.removeprefix("secret:")
        try:
            secret = self.secrets.get(name)
        except Unreadable as fault:
            raise LookupError(f"secret {name!r} {fault}") from None
        except (OSError, ValueError):  # open to others, too long, no text
            raise LookupError(f"secret {name!r} cannot be read: it needs mode 600 and at most 64 KiB of text") from None
        if not secret:
            raise LookupError(f"secret {name!r} is {'not defined' if secret is None else 'empty'}")
        if len(secret) < SHORT:
            report(path, f"secret {name!r} {TOO_SHORT}", "", "warning")
        return Secret(secret)

    def _variable(self, name: str) -> Any:
        if name in self.environment:
            return _scalar(self.environment[name])
        raise LookupError(f"{name!r} is neither a variable of this flow nor in the environment")


def _scalar(text: str) -> Any:
    """What the text means; a number too large to hold stays text."""
    try:
        return scalar(text)
    except ValueError:
        return text


def as_text(value: Any) -> str:
    """What stands in a text where a reference to this value was."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
