"""What scripts mean: values are values, the message that came in stays, errors name the line and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.message import Message
from flowengine.script import Script, ScriptError, Tools

NOTES: list[str] = []
TOOLS = Tools(lambda id, place: 100 + place, lambda value: round(value * 1000) * 1_000_000, NOTES.append)


def run(code: str, payload: Any = None, state: dict[str, Any] | None = None, **fields: Any) -> tuple[Any, Any, Any]:
    """What leaves by `out`, the payloads sent by port, and the state."""
    message = Message(payload, **{"topic": "lab/c1", "time_ns": 5_000_000_000, "meta": {"room": "k"}, **fields})
    out, sent, after = Script(code).runner(TOOLS)(message, state or {})
    return out, [(port, m.payload) for port, m in sent], after


@pytest.mark.parametrize(
    ("code", "payload", "left"),
    [
        ("payload.b = payload.a + 1", {"a": 1}, {"a": 1, "b": 2}),
        ("payload = payload * 2", 21, 42),
        ("payload.x.y.z = 1", {}, {"x": {"y": {"z": 1}}}),
        ("payload['k' + topic] = 1", {}, {"klab/c1": 1}),
        ("payload[1] = 9", [1, 2, 3], [1, 9, 3]),
        ("payload.n += 2", {"n": 1}, {"n": 3}),
        ("payload.l += [2]", {"l": [1]}, {"l": [1, 2]}),
        ("del payload.a", {"a": 1, "b": 2}, {"b": 2}),
        ("del payload.a.b, payload.missing.x", {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ("a, b = payload\npayload = [b, a]", [1, 2], [2, 1]),
        ("payload = [v * v for v in payload if v > 1]", [1, 2, 3], [4, 9]),
        ("payload = {k: v + 1 for k, v in items(payload)}", {"a": 1}, {"a": 2}),
        ("payload = sum(v for v in payload)", [1, 2, 3], 6),
        ("payload = [[i, v] for i, v in enumerate(payload, 1)]", ["a"], [[1, "a"]]),
        ("payload = [a + b for a, b in zip(payload, [10, 20])]", [1, 2, 3], [11, 22]),
        ("payload = [k for k in payload]", {"a": 1, "b": 2}, ["a", "b"]),
        ("payload = f'{payload.v:.1f} in {meta.room} at {topic}'", {"v": 1.25}, "1.2 in k at lab/c1"),
        ("payload = message.id", None, 0),
        ("payload = time", None, 5.0),
        ("n = 0\nfor i in range(10):\n    if i == 3: continue\n    if i > 5: break\n    n += i\npayload = n", None, 12),
        ("if payload > 2: payload = 'high'\nelif payload > 1: payload = 'mid'\nelse: payload = 'low'", 2, "mid"),
        ("payload = 'yes' if matches(topic, '^lab/') else 'no'", None, "yes"),
        ("payload = payload.a.b.c", {"a": 5}, None),
        ("payload.x = 1", None, {"x": 1}),
    ],
)
def test_a_script_means_what_it_says(code: str, payload: Any, left: Any) -> None:
    out, _, _ = run(code, payload)
    assert out.payload == left


def test_what_came_in_is_never_changed_through_names_loops_or_parts() -> None:
    payload = {"list": [{"v": 1}, {"v": 2}], "inner": {"n": 1}}
    code = """
a = payload
a.list = 5
b = payload.inner
b.n = 9
for item in payload.list:
    item.v = 99
payload.inner.n = 7
payload.same = b
meta.new = a
state.kept = payload.list
"""
    out, _, state = run(code, payload)
    assert payload == {"list": [{"v": 1}, {"v": 2}], "inner": {"n": 1}}
    assert out.payload == {"list": [{"v": 1}, {"v": 2}], "inner": {"n": 7}, "same": {"n": 9}}
    assert out.meta["new"] == {"list": 5, "inner": {"n": 1}}
    assert state == {"kept": [{"v": 1}, {"v": 2}]}


def test_a_changed_name_changes_nothing_that_took_its_value_before() -> None:
    out, sent, _ = run("a = {'n': 1}\nsend('p', a)\na.n = 2\nb = [a]\na.n = 3\nsend('p', a)\npayload = [a, b]")
    assert sent == [("p", {"n": 1}), ("p", {"n": 3})]
    assert out.payload == [{"n": 3}, [{"n": 2}]]


def test_a_loop_goes_through_what_was_there_when_it_began() -> None:
    out, _, _ = run("a = [1, 2, 3]\nfor i, v in enumerate(a): a[2 - i] = v * 10\npayload = a")
    assert out.payload == [30, 20, 10]
    out, _, _ = run("for k in payload: payload[k + '2'] = 1", {"a": 1})
    assert out.payload == {"a": 1, "a2": 1}


def test_state_is_kept_only_by_a_message_that_is_not_rejected() -> None:
    code = (
        "state.n = coalesce(state.n, 0) + 1\nsend('p', state.n)\nif payload < 0: reject('negative')\npayload = state.n"
    )
    out, sent, state = run(code, 1, {"n": 4})
    assert (out.payload, sent, state) == (5, [("p", 5)], {"n": 5})
    before = {"n": 4}
    with pytest.raises(ScriptError, match="line 3: negative"):
        run(code, -1, before)
    assert before == {"n": 4}


def test_drop_ends_the_script_and_keeps_what_was_done() -> None:
    out, sent, state = run("state.n = 1\nsend('p', 1)\ndrop()\nsend('p', 2)")
    assert (out, sent, state) == (None, [("p", 1)], {"n": 1})


def test_sent_messages_have_ids_of_their_own_and_the_rest_of_the_message() -> None:
    message = Message(1, "t", 3, {"a": 1}, 4, 5)
    code = "topic = 'x/y'\ntime = 2\nsend('p')\nsend('q', 2, topic='z')\nsend('p', topic='w', payload=3)"
    out, sent, _ = Script(code).runner(TOOLS)(message, {})
    assert out == Message(1, "x/y", 2_000_000_000, {"a": 1}, 4, 5)
    assert [(port, m.payload, m.topic, m.time_ns) for port, m in sent] == [
        ("p", 1, "x/y", 2_000_000_000), ("q", 2, "z", 2_000_000_000), ("p", 3, "w", 2_000_000_000),
    ]  # fmt: skip
    assert len({m.id for _, m in sent} | {5}) == 4


def test_a_script_that_changes_nothing_gives_the_message_itself() -> None:
    message = Message({"a": 1})
    assert Script("x = payload.a").runner(TOOLS)(message, {})[0] is message


def test_notes_go_to_the_log_and_are_bounded() -> None:
    NOTES.clear()
    run("note(f'n is {payload}')", 3)
    assert NOTES == ["n is 3"]
    with pytest.raises(ScriptError, match="more than 10 notes"):
        run("for i in range(11): note('x')")


@pytest.mark.parametrize(
    ("code", "payload", "words"),
    [
        ("x = 1\ny = payload.t * 2", {"v": 1}, r"line 2, column 5: payload.t is missing \(payload has v\)"),
        ("x = payload.a + 1", {"a": "s"}, "line 1, column 5: "),
        ("if payload > 3:\n    x = 1\npayload = x", 1, "line 3, column 11: x has no value yet"),
        ("for v in payload: x = v", 5, "line 1, column 10: a loop goes through a list, a map or range"),
        ("payload = [1][5] + 1", None, "line 1"),
        ("payload[9] = 1", [1], "there is no position 9 in a list of 1"),
        ("payload.x = 1", [1], "a list has positions"),
        ("payload.x = 1", 5, "nothing can be set in a number"),
        ("meta = 3", None, "meta is a map, not a number"),
        ("topic = 3", None, "a topic is a text"),
        ("a, b = [1, 2, 3]", None, "2 values are wanted, not 3"),
        ("payload = {'a': 1}[payload]", [], "line 1"),
        ("x = number('abc')", None, "line 1, column 5: number: this text is not a number"),
    ],
)
def test_a_fault_names_its_line_and_what_is_missing(code: str, payload: Any, words: str) -> None:
    with pytest.raises(ScriptError, match=words):
        run(code, payload)


def test_times_that_seconds_hold_exactly_are_those_numbers() -> None:
    at_ns = 1_785_196_804_250_000_000
    code = "a = time\ntime = time + 0.5\npayload = [a, time, message.arrived]"
    out, _, _ = run(code, None, time_ns=at_ns, arrived_ns=at_ns)
    assert out.payload == [1785196804.25, 1785196804.75, 1785196804.25]


def test_scripts_are_told_by_their_text() -> None:
    script = Script("payload = 1")
    assert script == Script("payload = 1") != Script("payload = 2")
    assert (str(script), hash(script)) == ("payload = 1", hash("payload = 1"))
    assert Script("send('a', 1)\nsend('b', 2)\nsend('a', 3)").ports == ("a", "b")
    assert Script("state.n = 1").keeps
    assert not script.keeps


def test_a_form_asks_for_a_script_in_several_lines() -> None:
    from nodes.stateful.script import Script as Node

    assert Node.config_type().model_json_schema()["properties"]["code"]["format"] == "script"
