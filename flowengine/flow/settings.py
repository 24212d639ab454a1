"""Reads settings by their model and says in words of ours what does not fit. Knows no node and no file."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from flowengine.config import Config, Secret
from flowengine.expression import ExpressionError, TemplateError
from flowengine.flow.option_names import called, meant_by, models_at, named
from flowengine.flow.outside import Path
from flowengine.flow.problem import Code, nearest
from flowengine.script import ScriptError

Report = Callable[..., None]
"""Takes a path, a message, a hint and `key=True` for a fault of the key itself."""

log = logging.getLogger("flowengine.flow")
M = TypeVar("M", bound=Config)


class Unknown(NamedTuple):
    """How a name that there is not is told, and the code of that fault."""

    said: str
    code: Code


UNKNOWN_OPTION = Unknown("unknown option {!r}", "unknown-option")
UNKNOWN_SECTION = Unknown("unknown section {!r}", "unknown-section")
UNKNOWN_IN_TEST = Unknown("unknown key {!r} in a test", "bad-test")
_WITHOUT_VALUE = " without a value: in { } a comma ends an option, so several values stand in [ ]"
_YES, _NO = {"yes", "y", "on", "true", "1"}, {"no", "n", "off", "false", "0"}
_CHOICE = re.compile(r"'([^']*)'|(?<![\w.])(-?\d[\d.]*)")
"""One of those that pydantic names: `5, '5' or '3.1.1'`."""

_KINDS = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "none_required": "nothing",
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a map"),
}
"""What was wanted where a value is of another kind; several of these in one place are alternatives."""

_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
}
"""What was wanted where the kind is right."""


def read(
    model: type[M],
    given: Any,
    path: Path,
    report: Report,
    also: Iterable[str] = (),
    unknown: Unknown = UNKNOWN_OPTION,
) -> M | None:
    """The settings in `given`, or None when anything of them was reported.

    `path` is where they stand in the document, `also` further names that somebody may have meant, `unknown` how a
    name that there is not is told.
    """
    try:
        return model.model_validate(given, by_name=False)
    except ValidationError as errors:
        for fault in _mistakes(model, _faults(errors, given)):
            fault.tell(model, path, report, also, unknown)
    except Exception:
        _unread(model, path, report)
    return None


def _unread(model: type[Config], path: Path, report: Report) -> None:
    """A validator met a shape that it does not know: its own fault, and still one of this file alone."""
    log.debug("a validator of %s failed", model.__name__)
    report(path, "an option has a shape that is not taken here", about=path)


def read_each(
    model: type[M], given: Mapping[str, Any], path: Path, report: Report, unknown: Unknown = UNKNOWN_OPTION
) -> M:
    """The settings in `given`; what is wrong is reported and its whole option left out."""
    try:
        return model.model_validate(given, by_name=False)
    except ValidationError as errors:
        faults = _faults(errors, given)
        for fault in faults:
            fault.tell(model, path, report, (), unknown)
        wrong = {fault.path[0] for fault in faults if fault.path}
        return model.model_validate({key: value for key, value in given.items() if key not in wrong}, by_name=False)


@dataclass(frozen=True)
class _Fault:
    """One fault of one value; `path` leads to it from the settings."""

    path: tuple[str | int, ...]
    kind: str
    message: str
    hint: str = ""
    key: bool = False
    """The name itself is wrong, not what it names."""

    inside: tuple[str, int] | None = None
    """The text of code in a value, and the character of it that is at fault."""

    def tell(self, model: type[Config], path: Path, report: Report, also: Iterable[str], unknown: Unknown) -> None:
        option = ".".join(map(str, self.path))
        if self.kind == "extra_forbidden":
            said = unknown.said.format(option) + self.message
            models, word = models_at(model, self.path[:-1]), str(self.path[-1])
            more = [*also] if len(self.path) == 1 else []
            meant = called(models, word, more) or (word, [*named(models), *more])
            report((*path, *self.path), said, meant, key=True, code=unknown.code)
        elif self.kind == "missing":
            report((*path, *self.path[:-1]), f"option {option!r} is missing", key=True, code="missing-option")
        else:
            said = f"{option}: {self.message}" if option else self.message
            # What is wrong with settings as a whole may be told by any of their values.
            about = None if self.path else path
            report((*path, *self.path), said, self.hint, key=self.key, quotes=True, about=about, inside=self.inside)


def _mistakes(model: type[Config], faults: list[_Fault]) -> Iterator[_Fault]:
    """One fault for each mistake: what was named wrong is not missing, and what is written as one is told once."""
    meant = [meant_by(model, fault.path) if fault.kind == "extra_forbidden" else "" for fault in faults]
    options = {hint.partition(":")[0] for hint in meant}
    for number, (fault, hint) in enumerate(zip(faults, meant, strict=True)):
        again = ":" in hint and hint in meant[:number]
        if not again and not (fault.kind == "missing" and fault.path[-1] in options):
            yield fault


@dataclass(frozen=True)
class _Error:
    """One entry of a pydantic error. `union`: so many steps lead to a value that may be one of several kinds."""

    path: tuple[str | int, ...]
    union: int | None
    branch: str
    kind: str
    context: Mapping[str, Any]
    message: str
    value: Any
    key: bool


def _faults(errors: ValidationError, given: Any) -> list[_Fault]:
    found = [_placed(error, given) for error in errors.errors(include_url=False, include_input=False)]
    faults: list[_Fault] = []
    for _, group in groupby(found, key=lambda e: e.path if e.union is None else e.path[: e.union]):
        several = list(group)
        if several[0].union is None:
            faults += [_fault([error]) for error in several]
        else:
            faults += _of_union(several)
    return faults


def _placed(error: Any, given: Any) -> _Error:
    """An error with its place in the data; whatever else pydantic puts between names a branch of a union."""
    path: list[str | int] = []
    union: int | None = None
    branch, value = "", given
    for index, step in enumerate(error["loc"], 1):
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, list | tuple) and isinstance(step, int) and step < len(value)
        )
        if inside or (error["type"] == "missing" and index == len(error["loc"])):
            path.append(step)
            value = value[step] if inside else None
        elif union is None and step != "[key]":
            union, branch = len(path), str(step)
    key = error["loc"][-1:] == ("[key]",)
    context = error.get("ctx") or {}
    return _Error(tuple(path), union, branch, error["type"], context, error["msg"], path[-1] if key else value, key)


def _of_union(errors: list[_Error]) -> list[_Fault]:
    """One fault for a value that fits none of its kinds, or those of the kind that it was meant to be."""
    deep = [error for error in errors if len(error.path) > (error.union or 0)]
    if deep:
        branches = [[error for error in deep if error.branch == name] for name in dict.fromkeys(e.branch for e in deep)]
        return [_fault([error]) for error in min(branches, key=len)]
    right_kind = [error for error in errors if error.kind not in _KINDS and error.kind != "literal_error"]
    return [_fault(right_kind[:1] or errors)]


def _fault(errors: list[_Error]) -> _Fault:
    """One fault of one value, from what each of its kinds misses."""
    first = errors[0]
    if first.kind == "extra_forbidden":
        return _Fault(first.path, first.kind, _WITHOUT_VALUE if first.value is None else "")
    if first.kind == "missing":
        return _Fault(first.path, first.kind, "")
    if first.kind in ("value_error", "assertion_error"):
        said = first.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
        cause = first.context.get("error")
        if isinstance(cause, ScriptError):
            said = cause.reason
        return _Fault(first.path, first.kind, said, key=first.key, inside=_inside(cause))
    wanted = " or ".join(dict.fromkeys(_wanted(error) for error in errors if error.kind != "none_required"))
    choices = [word for error in errors for word in _choices(error)]
    if wanted.startswith("text") and (written := _as_map(first.value)):
        said = f'quote it: a value that begins with {{ is a map: `"{written}"`'
        return _Fault(first.path, first.kind, said, "", first.key)
    hint = _meant(wanted, choices, first.value)
    had = str(len(first.value)) if first.kind in ("too_short", "too_long") else spoken(first.value)
    return _Fault(first.path, first.kind, f"{wanted}, not {had}", hint, first.key)


def _inside(cause: object) -> tuple[str, int] | None:
    """The text of a script, expression or template, and the character at fault in it; None if that is unknown."""
    if not isinstance(cause, ScriptError | ExpressionError | TemplateError) or cause.column is None:
        return None
    before = cause.text.split("\n")[: cause.line - 1] if isinstance(cause, ScriptError) else []
    return cause.text, sum(len(line) + 1 for line in before) + cause.column - 1


def _wanted(error: _Error) -> str:
    if error.kind == "literal_error":
        return f"one of {', '.join(_choices(error))}"
    if error.kind in _BOUNDS:
        return _BOUNDS[error.kind].format_map(error.context)
    return _KINDS.get(error.kind, "something else")


def _choices(error: _Error) -> list[str]:
    said = str(error.context.get("expected", "")) if error.kind == "literal_error" else ""
    return list(dict.fromkeys(word or bare for word, bare in _CHOICE.findall(said)))


def _meant(wanted: str, choices: Iterable[str], value: Any) -> str:
    """What the file should say instead, when that is plain."""
    if isinstance(value, Secret):
        return ""
    word = str(value).strip().lower()
    if "true or false" in wanted and word in _YES | _NO:
        return "true" if word in _YES else "false"
    if "number" in wanted and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", word):
        return word
    if wanted == "text" and isinstance(value, int | float):
        return f'"{str(value).lower() if isinstance(value, bool) else value}"'
    if wanted == "a list" and isinstance(value, str):
        return f"[{value}]"
    return nearest(str(value), choices) or ""


def _as_map(value: Any) -> str:
    """A placeholder that was written without quotes, which YAML reads as a map of one name without a value."""
    if not isinstance(value, dict) or len(value) != 1:
        return ""
    [(name, inside)] = value.items()
    return f"{{{name}}}" if inside is None and isinstance(name, str) and len(name) <= 40 else ""


def spoken(value: Any) -> str:
    """A value as a person would point at it; secrets and long texts are not repeated."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(str(value), str(value))
    if isinstance(value, str) and not isinstance(value, Secret) and len(value) <= 40:
        return repr(value)
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "text"
