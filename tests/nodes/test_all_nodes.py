"""What every node type keeps to: names, help, examples that run, inputs that stay, states that come back."""

import copy
import inspect
import re

import msgspec
import pytest

from flowengine.catalog import installed
from flowengine.node import Router, Stateful, Transform
from flowengine.testing import TestContext, differences, make, messages, run_example, run_node

CATALOG = installed()
TYPES = CATALOG.node_types()
CONNECTIONS = CATALOG.connection_types()
INNER = [name for name in TYPES if issubclass(CATALOG.node(name), Transform | Router | Stateful)]
STAND_IN = re.compile(r"\$\{[^}]*\}")
"""What examples leave to the environment; a URL passes for a password too."""
SAMPLES = (
    {"value": 21.5, "time": "2025-09-17T12:03:20Z", "device": "c1", "list": [1, {"a": 2}], "metrics": {"t": 1}},
    {"value": 80.0, "device": "c2"},
    "22.5",
    b"a,b\n1,2\n",
    [1, 2, {"a": [3]}],
    5,
    None,
)


def class_of(name):
    return CATALOG.connection(name[11:]) if name.startswith("connection ") else CATALOG.node(name)


EVERY = [*TYPES, *(f"connection {name}" for name in CONNECTIONS)]


@pytest.mark.parametrize("name", EVERY)
def test_names_follow_from_the_type(name):
    kind = class_of(name)
    pascal = "".join(word.capitalize() for word in name.removeprefix("connection ").split("_"))
    assert kind.__module__.rpartition(".")[2] == name.removeprefix("connection ")
    assert kind.__name__.lower() == pascal.lower()
    assert kind.config_type().__name__ == f"{kind.__name__}Config"
    assert kind.config_type().__module__ == kind.__module__


@pytest.mark.parametrize("name", EVERY)
def test_class_and_every_option_have_help_in_sentences(name):
    kind = class_of(name)
    texts = {"the class": kind.__doc__ or ""}
    texts |= {option: field.description or "" for option, field in kind.config_type().model_fields.items()}
    unfit = {
        where: text for where, text in texts.items() if not re.match(r"[^\s].*[.!?:)`]\Z", text.strip(), re.DOTALL)
    }
    assert not unfit
    assert f"`{name.removeprefix('connection ')}`" in (inspect.getmodule(kind).__doc__ or "")


@pytest.mark.parametrize("name", EVERY)
def test_examples_are_valid_settings(name):
    kind = class_of(name)
    assert kind.examples
    for example in kind.examples:
        assert example.title
        if name in TYPES:
            node = make(kind, STAND_IN.sub("https://example.test/secret", example.config))
            assert not kind.check(node.config), example.title
            assert kind.ports(node.config) is not None


@pytest.mark.parametrize("name", INNER)
def test_examples_that_say_what_they_give_give_it_and_leave_their_input_alone(name):
    kind = class_of(name)
    for example in kind.examples:
        if example.given is None:
            continue
        before = copy.deepcopy(example.given)
        found = run_example(kind, example)
        assert example.given == before, example.title
        if example.gives is not None:
            assert differences(found, example.gives) == [], example.title


@pytest.mark.parametrize("name", INNER)
def test_no_message_is_ever_changed_whatever_it_holds(name):
    kind = class_of(name)
    for example in kind.examples:
        for sample in SAMPLES:
            given = messages([{"payload": sample, "topic": "a/b", "meta": {"device": "c1", "sensor": "t"}}])
            before = copy.deepcopy(given)
            try:
                run_node(make(kind, example.config), given)
            except Exception as refusal:
                assert str(refusal), f"{name} refuses without a reason"
            assert given == before


@pytest.mark.parametrize("name", [name for name in INNER if issubclass(CATALOG.node(name), Stateful)])
def test_a_state_comes_back_as_it_was(name):
    kind = class_of(name)
    if not kind.durable_state:
        assert make(kind, kind.examples[0].config).snapshot(0.0) is None
    for example in kind.examples:
        context, other = TestContext(), TestContext()
        node, again = make(kind, example.config, context), make(kind, example.config, other)
        for sample in SAMPLES:
            node.process(messages([{"payload": sample, "meta": {"device": "c1", "sensor": "t", "mac": "m"}}]), 0.0)
        state = node.snapshot(0.0)
        if state is None:
            continue
        kept = msgspec.msgpack.decode(msgspec.msgpack.encode(state))
        again.restore(kept, 0.0)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(again.snapshot(0.0))) == kept, example.title
        assert again.wake_at_s() == node.wake_at_s(), example.title
