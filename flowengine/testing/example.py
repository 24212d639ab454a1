"""Runs a node in memory: its documented examples, and any batch. Sources and sinks have a world outside; not here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flowengine.counts import count_of
from flowengine.flow.model import ERROR
from flowengine.message import Message, Messages
from flowengine.node import Emit, Example, Node, Router, Stateful, Transform
from flowengine.testing.node import TestContext, make, messages

Outputs = dict[str, list[Message]]


def run_node(node: Node, given: Messages, now_s: float = 0.0) -> Outputs:
    """What leaves a transform, router or stateful node by which port; ports that nothing left by are missing."""
    if isinstance(node, Transform):
        out = node.process(given)
        return _emitted(out) if isinstance(out, Emit) else _ports(out)
    if isinstance(node, Router):
        return _ports(node.route(given))
    if isinstance(node, Stateful):
        return _emitted(node.process(given, now_s))
    raise TypeError(f"{type(node).__name__} talks to the outside and cannot be run alone")


def run_example(kind: type[Node], example: Example, context: TestContext | None = None) -> Outputs:
    """What leaves a node of this kind when it is set up and fed as its example says."""
    return run_node(make(kind, example.config, context), messages(example.given or ()))


def differences(found: Outputs, expected: Any) -> list[str]:
    """How outputs differ from an example's `gives`, one line for each port or message; empty when they do not."""
    wanted = expected if isinstance(expected, Mapping) else {"out": expected}
    faults = [f"nothing was expected at {port}: {found[port]}" for port in found if port not in wanted]
    for port, items in wanted.items():
        there = found.get(port, [])
        if len(there) != len(items):
            faults.append(f"{port}: {count_of(len(there), 'message')}, not {len(items)}")
        faults += [f"{port}: {m} is not {item}" for m, item in zip(there, items, strict=False) if not fits(m, item)]
    return faults


def fits(message: Message, expected: Any) -> bool:
    """Whether a message is what is expected: its payload, or (a map with `payload` in it) some of its fields."""
    if isinstance(expected, Mapping) and "payload" in expected and set(expected) <= set(Message.__struct_fields__):
        return all(getattr(message, name) == value for name, value in expected.items())
    return bool(message.payload == expected) and type(message.payload) is type(expected)


def _emitted(emit: Emit) -> Outputs:
    rejected = {ERROR: [message for message, _ in emit.rejected]} if emit.rejected else {}
    return {**_ports(emit.messages), **rejected}


def _ports(out: Sequence[Message] | Mapping[str, Sequence[Message]]) -> Outputs:
    ports = out if isinstance(out, Mapping) else {"out": out}
    return {port: list(found) for port, found in ports.items() if found}
