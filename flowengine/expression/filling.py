"""From one placeholder to the function that gives its text for a message.

Values become text as in expressions (`texts.text`); times are RFC 3339 in UTC. Reads maps and lists only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from flowengine.expression.errors import TemplateError, shortened
from flowengine.expression.explain import key_list
from flowengine.expression.placeholder import TIME_PATHS, Placeholder
from flowengine.expression.safety import CHECKS, OF_A_TOPIC, Safety
from flowengine.expression.texts import text
from flowengine.expression.values import NUMBERS, kind, look_up

if TYPE_CHECKING:
    from flowengine.message import Message

FIELDS: Mapping[tuple[str | int, ...], Callable[[Message], Any]] = MappingProxyType(
    {
        ("payload",): lambda m: m.payload,
        ("topic",): lambda m: m.topic,
        ("meta",): lambda m: m.meta,
        ("time",): lambda m: m.time_ns,
        ("message", "id"): lambda m: m.id,
        ("message", "arrived"): lambda m: m.arrived_ns,
    }
)
"""What is the message's own, by path; any other name is looked up. Times stay nanoseconds until they are written."""


def value_of(placeholder: Placeholder) -> Callable[[Message], Any]:
    """The function that gives a placeholder's value for a message; None when it is missing."""
    found = FIELDS.get(placeholder.keys)
    if found is not None:
        return found
    first, *rest = placeholder.keys
    root = FIELDS.get((first,)) or _captured(str(first))
    if not rest:
        return root

    def value(message: Message) -> Any:
        found = root(message)
        for key in rest:
            found = look_up(found, key)
        return found

    return value


def text_of(template: str, placeholder: Placeholder, safe: Safety | None) -> Callable[[Message], str]:
    """The function that gives a placeholder's text for a message. It raises TemplateError when there is none."""
    value, form, default = value_of(placeholder), _formatter(placeholder), placeholder.default
    fault_of = _fault_of(placeholder, safe)

    def fill(message: Message) -> str:
        found = value(message)
        if found is None:
            return default if default is not None else missing(template, placeholder, message)
        try:
            filled = found if form is text and type(found) is str else form(found)
        except (TypeError, ValueError, OverflowError, OSError) as error:
            reason = f"{placeholder.source} cannot be filled: {error}"
            raise TemplateError(template, reason, placeholder.column, placeholder.source) from None
        fault = fault_of(filled)
        if fault is not None:
            raise TemplateError(template, f"{placeholder.source}: {fault}", placeholder.column, placeholder.source)
        return filled

    return fill if placeholder.format else _quick(placeholder, fault_of, fill)


def short_way(placeholder: Placeholder, safe: Safety | None) -> str | None:
    """Source that reads the value from a message `m`, which is the text itself where it is text; None for no such way.

    There is one for a bare name, as found in meta, and for the topic.
    """
    first, *rest = placeholder.keys
    if rest or placeholder.format or safe:
        return None
    if (first,) in FIELDS:
        return "m.topic" if first == "topic" else None
    return f"m.meta.get({first!r})"


def _quick(
    placeholder: Placeholder, fault_of: Callable[[str], str | None], fill: Callable[[Message], str]
) -> Callable[[Message], str]:
    """The same as `fill`, with a short way for the usual case: a bare name whose value in meta is text."""
    name, rest = str(placeholder.keys[0]), placeholder.keys[1:]
    if rest or (name,) in FIELDS:
        return fill
    unchecked = fault_of is _no_fault

    def quick(message: Message) -> str:
        found = message.meta.get(name)
        if type(found) is str and (unchecked or fault_of(found) is None):
            return found
        return fill(message)

    return quick


def rfc3339(time_ns: int) -> str:
    """A point in time (UTC epoch nanoseconds) as RFC 3339 text, with as many digits (0, 3, 6, 9) as it needs."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    moment = _written(seconds, "%Y-%m-%dT%H:%M:%S")
    digits = f"{rest:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{moment.rjust(19, '0')}.{digits}Z" if digits else f"{moment.rjust(19, '0')}Z"


@lru_cache(1_024)
def _written(seconds: int, form: str) -> str:
    """A whole second as text; kept, because neighbouring messages share theirs."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)
    except (OverflowError, ValueError, OSError):
        raise ValueError("a time outside the years 1 to 9999") from None


def _formatter(placeholder: Placeholder) -> Callable[[Any], str]:
    form = placeholder.format
    if placeholder.is_time_format:
        if "%f" in form:
            return lambda time_ns: _written(
                time_ns // 1_000_000_000, form.replace("%f", f"{time_ns // 1000 % 1_000_000:06d}")
            )
        return lambda time_ns: _written(time_ns // 1_000_000_000, form)
    if not form:
        return rfc3339 if placeholder.keys in TIME_PATHS else text

    def formatted(value: Any) -> str:
        if type(value) not in NUMBERS:
            raise TypeError(f"the format {form} is for numbers, not {kind(value)}")
        # Digits for whole numbers (d, x) would refuse 3.0, which devices send for 3.
        whole = form[-1] in "dxX" and type(value) is float and value.is_integer()
        return text(format(int(value) if whole else value, form))

    return formatted


def _captured(name: str) -> Callable[[Message], Any]:
    """A bare name: from meta, else from the payload if that is a map."""

    def captured(message: Message) -> Any:
        found = message.meta.get(name)
        if found is not None:
            return found
        return look_up(message.payload, name)

    return captured


def _fault_of(placeholder: Placeholder, safe: Safety | None) -> Callable[[str], str | None]:
    if safe is None or placeholder.is_time_format:
        return _no_fault
    checks = OF_A_TOPIC if placeholder.keys == ("topic",) else CHECKS
    return checks.get(safe, CHECKS[safe])


def _no_fault(_value: str) -> None:
    return None


def missing(template: str, placeholder: Placeholder, message: Message) -> NoReturn:
    """Raise TemplateError: what a placeholder looks for is not in a message, and what is there instead."""
    first, *rest = placeholder.keys
    meta, payload = key_list(message.meta), message.payload
    there = f"payload has {key_list(payload)}" if isinstance(payload, dict) else f"payload is {kind(payload)}"
    if root := FIELDS.get((first,)):
        holder = root(message)
        for key in rest[:-1]:
            holder = look_up(holder, key)
        where = shortened(".".join(map(str, placeholder.keys[:-1])) or "it", 80)
        there = f"{where} has {key_list(holder)}" if isinstance(holder, dict) else f"{where} is {kind(holder)}"
        reason = f"{placeholder.source} is missing ({there})"
    else:
        reason = f"{placeholder.source} is missing (meta has {meta}; {there})"
    raise TemplateError(template, reason, placeholder.column, placeholder.source)
