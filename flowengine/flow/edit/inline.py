"""An instance of a subflow replaced by the nodes of the subflow. Writes no file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from flowengine.flow.document import Document, Path
from flowengine.flow.document import Mapping as MapNode
from flowengine.flow.edit.apply import apply
from flowengine.flow.edit.extract import End, indented, named_in_tests, owner, put_for, renamed_in, renamed_place
from flowengine.flow.edit.lines import copy_as_yaml
from flowengine.flow.edit.operations import Add, Delete, EditRefused, Operation, Rename, Set, Wire
from flowengine.flow.edit.source import Source
from flowengine.flow.edit.steps import at, same
from flowengine.flow.edit.wires import NODES, free_name, outputs_in, texts_in
from flowengine.flow.model import ERROR
from flowengine.flow.variables import REFERENCE, as_text
from flowengine.flow.wires import end_of, ids_of, inputs_of, outputs_of, wires_of, wirings_of

CARRIED = ("type", "to", "on_error", "title", "note", "area", "disabled")
"""What an instance may say for its nodes to say it instead; `title` and `note` go with it."""


def inline(text: str, instance: str, subflow: str) -> str:
    """The flow with the nodes of `subflow` in place of `instance`, wired, named and filled in as they ran in it.

    Raises EditRefused where nodes of a flow cannot do what the instance does, with the reason.
    """
    document, inner = Document.parse(text, "flow"), Document.parse(subflow, "subflow")
    if document.problems or inner.problems:
        raise EditRefused("the flow and the subflow have to be put right first")
    data, inside = document.data, inner.data
    node = at(data, (*NODES, instance))
    declared = inside.get("vars") or {}
    if extra := [key for key in node if key not in CARRIED and key not in declared]:
        raise EditRefused(f"{instance} says {extra[0]}, which its nodes cannot take over: take it out first")
    names = _names(data["nodes"], inside["nodes"])
    made = _filled(subflow, inside, node, names, ids_of(data.get("on_error")))
    entries = [names[id] for ids in inputs_of(inside).values() for id in ids]
    exits = {port: (names[id], inner_port) for port, (id, inner_port) in outputs_of(inside).items()}
    whole = _inserted(document, instance, made, list(names.values()))
    return apply(whole, _operations(data, instance, names, list(dict.fromkeys(entries)), exits)).text


def _names(taken: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, str]:
    """What each inner node is called in the flow: as in the subflow where that is free."""
    names: dict[str, str] = {}
    for id in inner:
        names[id] = free_name(id, {*taken, *names.values(), *(inner.keys() - {id})})
    return names


def _filled(
    text: str, inside: Mapping[str, Any], node: Mapping[str, Any], names: Mapping[str, str], default: tuple[str, ...]
) -> str:
    """The subflow's text with its nodes as they are in the instance; `default` is the flow's own `on_error`."""
    values = _values(inside.get("vars") or {}, node)
    operations: list[Operation] = []
    for path, old in texts_in(inside["nodes"], NODES):
        if (new := filled(old, values)) != old:
            operations.append(Set(path, new))
    for id, inner in inside["nodes"].items():
        operations += (Set((*NODES, id, key), value) for key, value in _left_alone(inside, node, id, inner, default))
    operations += [Rename((*NODES, id), new) for id, new in names.items()]
    return apply(text, operations).text


def _values(declared: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in declared.items():
        values[name] = node[name] if name in node else filled(value, values)
    return values


def filled(value: Any, values: Mapping[str, Any]) -> Any:
    """`value` with the references to these variables replaced; all others stay as they are."""
    if isinstance(value, dict):
        return {key: filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole and not whole[1] and _name(whole[2]) in values:
        return values[_name(whole[2])]
    return REFERENCE.sub(
        lambda part: part[0] if part[1] or _name(part[2]) not in values else as_text(values[_name(part[2])]), value
    )


def _name(reference: str) -> str:
    return reference.partition(":-")[0]


def _left_alone(
    inside: Mapping[str, Any], node: Mapping[str, Any], id: str, inner: Mapping[str, Any], default: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    """What an inner node says once it has no instance around it."""
    own = id not in ids_of(inside.get("on_error")) and inside.get("on_error")
    if "on_error" not in inner:
        leaves = any(end == (id, ERROR) for end in outputs_of(inside).values())
        if own:
            yield "on_error", own
        elif "on_error" in node:
            yield "on_error", node["on_error"]
        elif leaves and default:
            yield "on_error", list(default)
    if node.get("disabled"):
        yield "disabled", True
    if node.get("area") and not inner.get("area"):
        yield "area", node["area"]


def _inserted(document: Document, instance: str, made: str, ids: list[str]) -> str:
    """The flow with the inner nodes below the instance, as they are written; anew where that cannot be."""
    parsed = Document.parse(made, "subflow").data["nodes"]
    expected = {**document.data, "nodes": {**document.data["nodes"], **{id: parsed[id] for id in ids}}}
    if text := _below(document, instance, copy_as_yaml(made, ids)):
        read = Document.parse(text, "flow")
        if not read.problems and same(read.data, expected):
            return text
    return apply(document, [Add((*NODES, id), parsed[id]) for id in ids]).text


def _below(document: Document, instance: str, lines: str) -> str:
    parent = document.find(NODES)
    if not isinstance(parent, MapNode) or parent.flow:
        return ""
    pair = next(pair for pair in parent.pairs if getattr(pair[0], "text", None) == instance)
    source = Source(document)
    start, end = pair[0].start, max(pair[0].end, pair[1].end)
    if not source.begins_line(start) or not source.ends_line(end):
        return ""
    _, last = source.lines_of(start, end)
    entry = indented(lines, " " * source.column(start)).replace("\n", source.style.line_end)
    before = document.text[:last]
    return before + ("" if before.endswith("\n") else source.style.line_end) + entry + document.text[last:]


def _operations(
    data: Mapping[str, Any], instance: str, names: Mapping[str, str], entries: list[str], exits: Mapping[str, End]
) -> Iterator[Operation]:
    """Everything that named the instance names its nodes; then it goes."""
    for path, value in wirings_of(data):
        if path[:2] == (*NODES, instance):
            continue
        parts = {id: names[inner] for id in ids_of(value) if (inner := _inside(id, instance)) in names}
        if path[0] == "pages" and parts:
            yield Set(path, renamed_in(value, parts))
            continue
        if any(id != instance and owner(id) == instance for id in ids_of(value)):
            raise EditRefused(f"{path[1]} leads into a part of {instance}; lead it to the whole of it first")
        if instance in ids_of(value) and entries:
            yield Set(path, put_for(value, [instance], entries))
    wired: dict[tuple[str, str, str], None] = {}
    for port, targets in wires_of(instance, data["nodes"][instance]).items():
        if port != ERROR and port in exits:
            wired |= {(*exits[port], _target(id, instance, entries)): None for id in targets}
    yield from (Wire(*wire) for wire in wired)
    yield from _outputs(data, instance, exits)
    yield Delete((*NODES, instance))
    for path, key in named_in_tests(data):
        if (new := _in_test(path, key, instance, names, entries, exits)) != key:
            yield Rename((*path, key), new)


def _inside(id: str, instance: str) -> str:
    """The name inside the instance of `instance/name`; empty for what is not inside."""
    return id[len(instance) + 1 :] if owner(id) == instance else ""


def _target(id: str, instance: str, entries: Collection[str]) -> str:
    if id == instance and entries:
        raise EditRefused(f"{instance} leads to itself; wire that inside first")
    return id


def _outputs(data: Mapping[str, Any], instance: str, exits: Mapping[str, End]) -> Iterator[Operation]:
    for path, place in outputs_in(data):
        id, port = end_of(place)
        if id == instance and port in exits:
            yield Set(path, spelled(exits[port]))


def spelled(end: End) -> str:
    """A node and its port as a flow names them."""
    return end[0] if end[1] == "out" else ".".join(end)


def _in_test(
    path: Path, key: str, instance: str, names: Mapping[str, str], entries: list[str], exits: Mapping[str, End]
) -> str:
    """What a place that a test names is called afterwards. Raises EditRefused for one that is several."""
    found = renamed_place(key, {f"{instance}/{id}": new for id, new in names.items()})
    ways = [part.strip() for part in found.split("->")]
    for index, part in enumerate(ways):
        id, port = end_of(part)
        if id != instance:
            continue
        into = path[-1] == "send" or index > 0
        if into and len(entries) == 1:
            ways[index] = entries[0]
        elif not into and port in exits:
            ways[index] = spelled(exits[port])
        else:
            raise EditRefused(f"a test names {key}, which would be several places; name a node inside it first")
    return " -> ".join(ways) if "->" in found else ways[0]
