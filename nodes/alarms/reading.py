"""What an `alert` node reads out of messages: values, conditions, parents, notices of other alert nodes. No state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowengine import Message, Messages
from flowengine.expression import Expression, Template
from nodes.alarms import windowed
from nodes.alarms.figures import FIGURES
from nodes.alarms.limits import Limits
from nodes.batches.columns import own_value
from nodes.values.normalise import number


def figures_in(*conditions: Expression | None) -> set[str]:
    """The figures over time that conditions use."""
    return {name for each in conditions if each is not None for name in each.used_names if name in FIGURES}


def condition(expression: Expression | None, limits: Limits) -> windowed.Condition | None:
    """The expression as a condition over figures and limits."""
    if expression is None:
        return None
    uses = expression.used_names & set(FIGURES)
    return windowed.Condition(
        lambda figures, message: bool(expression.evaluate_names({**limits.of(message), **figures}, message)), uses
    )


def value_of(expression: Expression | None, message: Message) -> Any:
    """The value watched: by expression, else the payload's `value`, else the whole payload."""
    if expression is not None:
        return expression(message)
    return own_value(message.payload)


def number_of(option: str, value: Any) -> float:
    """The value as a number. Raises ValueError."""
    found = number(value)
    if found is None:
        raise ValueError(f"{option} is not a number")
    return found


def filled(template: Template, messages: Messages) -> list[str | None]:
    """The text for each message; None for one that lacks what the template shows."""
    return [_filled(template, message) for message in messages]


def readings_and_notices(messages: Messages) -> tuple[Messages, list[tuple[str, str]]]:
    """Messages that are readings, and of those that alert nodes told: the alarm's key and state."""
    told = [about for m in messages if isinstance(about := m.meta.get("alarm"), Mapping)]
    if not told:
        return messages, []
    readings = [m for m in messages if not isinstance(m.meta.get("alarm"), Mapping)]
    return readings, [(str(about.get("key")), str(about.get("state"))) for about in told]


def unheard(by: Template | None, key: str) -> Message:
    """A message of that key with nothing but its name, where the key is one name."""
    names = by.names if by is not None else ()
    alone = by is not None and len(names) == 1 and by.text == f"{{{names[0]}}}"
    return Message(meta={names[0].rpartition(".")[2]: key}) if alone else Message()


def one_key(messages: Messages) -> Sequence[str]:
    """The key of all messages where there is one alarm."""
    return [""] * len(messages)


def never(messages: Messages) -> Sequence[bool]:
    """A condition that is never true."""
    return [False] * len(messages)


def _filled(template: Template, message: Message) -> str | None:
    try:
        return template.fill(message)
    except ValueError:
        return None
