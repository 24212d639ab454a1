"""`{path:each "…"}`: a line for each item of a list or map."""

from typing import Any

import pytest

from flowengine.expression import TemplateError, compile_template
from flowengine.expression.items import MOST
from flowengine.message import Message

MEMBERS = [{"name": "t", "value": 21.456, "time": "noon"}, {"name": "rh", "value": 40, "time": "one"}]


def filled(text: str, payload: Any) -> str:
    template, message = compile_template(text), Message(payload, "lab", 1, {"name": "of meta", "room": "hall"}, 1, 1)
    assert template.each([message, message]) == [template.fill(message)] * 2
    assert template.value(message) == template.fill(message)
    return template.fill(message)


@pytest.mark.parametrize(
    ("text", "payload", "text_of_all"),
    [
        ('{payload.members:each "- {name}: {value}"}', {"members": MEMBERS}, "- t: 21.456\n- rh: 40"),
        ("{room}: {members:each '{name} {value:.1f}' ', '}.", {"members": MEMBERS}, "hall: t 21.5, rh 40.0."),
        ("{payload:each \"{time} {x|?} {{\" ' '}", MEMBERS, "noon ? { one ? {"),
        ("{payload:each '{value|-}' ' '}", [1, "a", None, [2]], "1 a - [2]"),
        ("{payload:each '{key}={value.mean}' ' '}", {"a": {"mean": 1}, "b": {"mean": 2}}, "a=1 b=2"),
        ("{payload:each '{value}'}", [], ""),
        ("{payload:each '{value}'|nobody}", [], "nobody"),
        ("{payload.x:each '{value}'|nobody}", {}, "nobody"),
        ("{payload:each '\n| {value} |' ''}", [1, 2], "\n| 1 |\n| 2 |"),
    ],
)
def test_each_item_gives_its_text(text: str, payload: Any, text_of_all: str) -> None:
    assert filled(text, payload) == text_of_all


@pytest.mark.parametrize(
    ("text", "payload", "reason"),
    [
        ("{payload.members:each '{unit}'}", {"members": MEMBERS}, "an item has no unit (it has name, value, time)"),
        ("{payload.members:each '{name:.1f}'}", {"members": MEMBERS}, "the format .1f is for numbers, not a text"),
        ("{payload.x:each '{value}'}", {"a": 1}, "payload.x is missing (payload has a)"),
        ("{payload:each '{value}'}", 5, "payload is a number; each wants a list or a map"),
        ("{payload:each '{value}'}", ["x" * 60_000] * 3, "give a text longer than 65536 characters"),
    ],
)
def test_what_cannot_be_filled_is_named(text: str, payload: Any, reason: str) -> None:
    with pytest.raises(TemplateError) as fault:
        filled(text, payload)
    assert reason in fault.value.reason


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("{payload.members:each}", 1, 'what each item gives, such as {payload.members:each "- {name}'),
        ("a {payload:each - {name}}", 3, "say in quotes and at most 1000 characters what"),
        ('{payload:each "{a.__class__}"}', 16, "keys never begin with two underscores"),
        ('{payload:each "{a!r}"}', 16, "! is not allowed"),
        ('{payload:each "}"}', 16, "a single }"),
        ("{a:each \"{b:each 'c'}\"}", 10, "each cannot stand inside each"),
        ('{a:each "' + "x" * 1_001 + '"}', 1, "say in quotes"),
        ('{a:each "' + "{b}" * 60 + "\"} {c:each '" + "{d}" * 60 + "'}", None, "more than 100 placeholders"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(text: str, column: int | None, reason: str) -> None:
    with pytest.raises(TemplateError) as fault:
        compile_template(text)
    assert reason in fault.value.reason
    assert fault.value.column == column


def test_a_name_is_not_made_of_many_items() -> None:
    for safe in ("mqtt_topic", "path", "nats_subject"):
        with pytest.raises(TemplateError, match="cannot be part of a name"):
            compile_template("a/{payload:each '{value}'}", safe)


def test_of_very_many_items_the_first_are_written_and_the_others_counted() -> None:
    assert filled("{payload:each '{value}' ' '}", list(range(MOST + 5))).endswith(f"{MOST - 1} … (+5)")
