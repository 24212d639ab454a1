"""Fills `${…}` in the scalars of a flow: variables of the flow, the environment, secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from flowengine.config import Secret
from flowengine.flow.document import scalar
from flowengine.flow.problem import Severity
from flowengine.secrets import SHORT

_REFERENCE = re.compile(r"\$(\$)?\{([^}]*)\}")
_NAME = re.compile(r"(secret:)?[A-Za-z_][A-Za-z0-9_.-]*")
Path = tuple[str | int, ...]
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
    """Names that `${…}` may use; a flow's own `vars` win over the environment."""

    environment: Mapping[str, str]
    secrets: Secrets
    own: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    """Values given from outside; they win over `vars:`."""

    def with_values(self, values: Mapping[str, Any]) -> Variables:
        """The same with some more, which win over all others."""
        return replace(self, own={**self.own, **values})

    def define(self, declared: Mapping[str, Any], path: Path, report: Report) -> None:
        """Take the `vars:` of a flow; later ones may use earlier ones."""
        for name, value in declared.items():
            self.own[name] = self.fixed[name] if name in self.fixed else self.fill(value, (*path, name), report)

    def fill(self, value: Any, path: Path, report: Report) -> Any:
        """`value` with every reference in its scalars replaced; unknown names are reported and left."""
        if isinstance(value, str):
            return self._fill_text(value, path, report) if "${" in value else value
        if isinstance(value, dict):
            return {key: self.fill(item, (*path, key), report) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, (*path, index), report) for index, item in enumerate(value)]
        return value

    def _fill_text(self, text: str, path: Path, report: Report) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole and not whole[1]:
            return self._value(whole[2], path, report)
        secret = False

        def part(match: re.Match[str]) -> str:
            nonlocal secret
            if match[1]:
                return match[0][1:]
            value = self._value(match[2], path, report)
            if isinstance(value, Secret):
                secret = True
                return value.reveal()
            return _as_text(value)

        filled = _REFERENCE.sub(part, text)
        return Secret(filled) if secret else filled

    def _value(self, reference: str, path: Path, report: Report) -> Any:
        name, has_default, default = reference.partition(":-")
        if not _NAME.fullmatch(name):
            report(
                path,
                f"${{{reference}}} is not a reference; write ${{NAME}}, ${{NAME:-default}} or ${{secret:NAME}}",
                "",
            )
            return ""
        if name.startswith("secret:"):
            name = name.removeprefix("secret:")
            secret = self.secrets.get(name)
            if secret:
                if len(secret) < SHORT:
                    report(path, f"secret {name!r} {TOO_SHORT}", "", "warning")
                return Secret(secret)
            fault = f"secret {name!r} is {'not defined' if secret is None else 'empty'}"
        elif name in self.own:
            return self.own[name]
        elif name in self.environment:
            return scalar(self.environment[name])
        else:
            fault = f"{name!r} is neither a variable of this flow nor in the environment"
        if has_default:
            return scalar(default)
        report(path, fault, name)
        return ""


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
