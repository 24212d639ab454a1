"""Nodes of a flow put into a subflow: its text, and the flow with an instance of it. Writes no file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowengine.catalog.every_node import OPTIONS
from flowengine.flow.document import Document, Path
from flowengine.flow.edit import render
from flowengine.flow.edit.apply import apply
from flowengine.flow.edit.lines import copy_as_yaml
from flowengine.flow.edit.operations import Add, Delete, EditRefused, Operation, Rename, Set, Unwire
from flowengine.flow.edit.steps import at
from flowengine.flow.edit.wires import NODES, free_name, outputs_in, texts_in
from flowengine.flow.model import ERROR
from flowengine.flow.variables import REFERENCE
from flowengine.flow.wires import OUT, end_of, ids_of, wirings_of

End = tuple[str, str]
"""A node and one of its ports."""

STYLE = render.Style()


@dataclass(frozen=True, slots=True)
class Extracted:
    """The flow with the instance, and the subflow; `operations` is what was done to the flow."""

    text: str
    subflow: str
    instance: str
    operations: list[Operation]


def extract(text: str, nodes: Iterable[str], name: str) -> Extracted:
    """The flow with `nodes` in a subflow `name`, each as it is written; wires that are cut become doors.

    Raises EditRefused where an instance cannot do what the nodes do, with the reason.
    """
    document = Document.parse(text, "flow")
    if document.problems or not isinstance(document.data, dict):
        raise EditRefused("the flow has to be put right first")
    data, wanted = document.data, set(nodes)
    for id in wanted:
        at(data, (*NODES, id))
    chosen = [id for id in data["nodes"] if id in wanted]
    if not chosen:
        raise EditRefused("nothing is selected")
    instance = free_name(name, data["nodes"])
    entry = _entry(data, chosen)
    cut = _cut(data, chosen)
    doors = _doors(cut, [end_of(place) for _, place in outputs_in(data) if end_of(place)[0] in wanted])
    if not entry and not doors:
        raise EditRefused("nothing leads in or out of these nodes: they are a flow of their own")
    variables = _variables(data, chosen)
    operations = [
        Add((*NODES, instance), _instance(name, cut, doors, variables)),
        *_led_to(data, chosen, instance, doors),
        *(Delete((*NODES, id)) for id in chosen),
        *_tests(data, {id: f"{instance}/{id}" for id in chosen}),
    ]
    values = {each: data["vars"][each] for each in _closed(data, variables)}
    inside = _subflow(text, name, chosen, entry, doors, values)
    inside = apply(inside, _parted(data, chosen, cut)).text
    return Extracted(apply(text, operations).text, inside, instance, operations)


def _entry(data: Mapping[str, Any], chosen: Collection[str]) -> list[str]:
    """The nodes that all wires from outside lead to. Raises EditRefused where they do not lead to the same ones."""
    found: dict[tuple[str, ...], str] = {}
    for path, value in wirings_of(data):
        targets = tuple(sorted({id for id in ids_of(value) if owner(id) in chosen}))
        if not targets or path[0] == "pages" or (path[:1] == NODES and path[1] in chosen):
            continue  # what a page presses goes to a node inside, by its whole name
        if part := next((id for id in targets if id not in chosen), None):
            raise EditRefused(f"{path[1]} leads to {part}, which is a part of a node; lead it to the whole node first")
        _refuse_pairs(data, str(path[1]) if path[:1] == NODES else "", targets)
        if path == ("on_error",):
            raise EditRefused(f"{targets[0]} takes the errors of the whole flow: leave it outside")
        found.setdefault(targets, str(path[1] if len(path) > 1 else path[0]))
    if len(found) > 1:
        (one, first), (other, second) = list(found.items())[:2]
        raise EditRefused(
            f"a subflow has one way in, but {first} leads to {', '.join(one)} and {second} to {', '.join(other)}"
        )
    return [id for id in chosen if id in next(iter(found), ())]


def owner(id: str) -> str:
    """The node of the file that `mine/p1` or `mine.p1` is one of."""
    return re.split(r"[/.]", id, maxsplit=1)[0]


def _refuse_pairs(data: Mapping[str, Any], source: str, targets: Iterable[str]) -> None:
    """A wire between two nodes with `for_each` joins each to its like, which the door of a subflow cannot."""
    many = [id for id in (source, *targets) if "for_each" in (data["nodes"].get(owner(id)) or {})]
    if many[:1] == [source] and len(many) > 1:
        raise EditRefused(f"{source} and {many[1]} are wired one to one by for_each; take both or none")


def _cut(data: Mapping[str, Any], chosen: Collection[str]) -> dict[End, list[str]]:
    """The targets outside of each port inside, in the order of the file."""
    cut: dict[End, list[str]] = {}
    for path, value in wirings_of(data):
        if path[:1] != NODES or path[1] not in chosen:
            continue
        if path[2] == "on_error" and _says_default(data, str(path[1])):
            continue
        port = ERROR if path[2] == "on_error" else str(path[3]) if len(path) > 3 else OUT
        if targets := [id for id in ids_of(value) if owner(id) not in chosen]:
            _refuse_pairs(data, str(path[1]), targets)
            cut[str(path[1]), port] = targets
    return cut


def _says_default(data: Mapping[str, Any], id: str) -> bool:
    """Whether errors go where those of the whole flow do: so they do without a word."""
    own = ids_of(data["nodes"][id].get("on_error"))
    return bool(own) and own == ids_of(data.get("on_error"))


def _doors(cut: Mapping[End, Any], more: Iterable[End]) -> dict[End, str]:
    """The name of the output for each port that leads out: `out` for a single one, else that of its node."""
    ends = list(dict.fromkeys([*cut, *more]))
    if len(ends) == 1:
        return {ends[0]: OUT}
    names: dict[End, str] = {}
    for end in ends:
        names[end] = free_name(end[0] if end[1] == OUT else "_".join(end), {*names.values(), ERROR})
    return names


def _variables(data: Mapping[str, Any], chosen: Iterable[str]) -> list[str]:
    """Variables of the flow that the nodes use. Raises EditRefused for one that no option may be called."""
    used = {name for id in chosen for name in names_in(data["nodes"][id])}
    found = [name for name in data.get("vars") or {} if name in used]
    for name in found:
        if name in OPTIONS:
            raise EditRefused(f"the variable {name} is called as an option of every node; rename it first")
    return found


def names_in(value: Any) -> Iterator[str]:
    """The names that the references in a value ask for."""
    for _, text in texts_in(value, ()):
        for dollar, reference in REFERENCE.findall(text):
            if not dollar:
                yield reference.partition(":-")[0]


def _closed(data: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """These variables and those that their own values are made of, in the order of the file."""
    declared = data.get("vars") or {}
    found, todo = set(), list(names)
    while todo:
        if (name := todo.pop()) in declared and name not in found:
            found.add(name)
            todo += names_in(declared[name])
    return [name for name in declared if name in found]


def _instance(
    name: str, cut: Mapping[End, list[str]], doors: Mapping[End, str], variables: Iterable[str]
) -> dict[str, Any]:
    ports = {doors[end]: targets[0] if len(targets) == 1 else targets for end, targets in cut.items()}
    to = ports[OUT] if list(doors.values()) == [OUT] and ports else ports
    return {"type": name, **{each: f"${{{each}}}" for each in variables}, **({"to": to} if to else {})}


def _led_to(
    data: Mapping[str, Any], chosen: Collection[str], instance: str, doors: Mapping[End, str]
) -> Iterator[Operation]:
    """Every place outside that names one of the nodes, naming the instance."""
    for path, value in wirings_of(data):
        outside = path[:1] != NODES or path[1] not in chosen
        if path[0] == "pages" and any(owner(id) in chosen for id in ids_of(value)):
            yield Set(path, renamed_in(value, {id: f"{instance}/{id}" for id in ids_of(value) if owner(id) in chosen}))
        elif outside and any(id in chosen for id in ids_of(value)):
            yield Set(path, put_for(value, chosen, [instance]))
    for path, place in outputs_in(data):
        if (end := end_of(place)) in doors:
            yield Set(path, instance if doors[end] == OUT else f"{instance}.{doors[end]}")


def put_for(value: Any, old: Collection[str], new: list[str]) -> Any:
    """A wiring with others where these nodes were, each once."""
    names = value if isinstance(value, list) else [value]
    ids = list(dict.fromkeys(end for id in names for end in (new if id in old else [id])))
    return ids[0] if len(ids) == 1 else ids


def renamed_in(value: Any, names: Mapping[str, str]) -> Any:
    """A wiring with these names in place of the old ones."""
    if isinstance(value, list):
        return [names.get(id, id) if isinstance(id, str) else id for id in value]
    return names.get(value, value)


def _tests(data: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Operation]:
    """The same places in tests by their new names."""
    for path, key in named_in_tests(data):
        if (new := renamed_place(key, names)) != key:
            yield Rename((*path, key), new)


def named_in_tests(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every key of a test that names places of the flow, and what holds it."""
    tests = data.get("tests")
    for index, test in enumerate(tests if isinstance(tests, list) else []):
        for part in ("send", "reply", "fault", "expect"):
            keys = test.get(part) if isinstance(test, dict) else None
            yield from ((("tests", index, part), key) for key in (keys if isinstance(keys, dict) else {}))


def renamed_place(key: str, names: Mapping[str, str]) -> str:
    """`a`, `a.port`, `a/inner` or `a -> b` with other names for nodes."""
    if "->" in key:
        return " -> ".join(renamed_place(part.strip(), names) for part in key.split("->"))
    whole = max((id for id in names if key == id or key.startswith((f"{id}.", f"{id}/"))), key=len, default=None)
    return key if whole is None else names[whole] + key[len(whole) :]


def _subflow(
    text: str, name: str, chosen: list[str], entry: list[str], doors: Mapping[End, str], variables: Mapping[str, Any]
) -> str:
    outputs = {port: id if inner == OUT else f"{id}.{inner}" for (id, inner), port in doors.items()}
    head = {
        "flow": name,
        **({"vars": dict(variables)} if variables else {}),
        **({"inputs": entry[0] if len(entry) == 1 else entry} if entry else {}),
        **({"outputs": outputs[OUT] if list(outputs) == [OUT] else outputs} if outputs else {}),
    }
    lines = [f"{key}:{render.after(value, 0, STYLE)}\n" for key, value in head.items()]
    return "".join([*lines, "\nnodes:\n", indented(copy_as_yaml(text, chosen))])


def _parted(data: Mapping[str, Any], chosen: Iterable[str], cut: Mapping[End, list[str]]) -> Iterator[Operation]:
    """Nodes without the wires that lead out; one without a way for errors is not to take the flow's."""
    yield from (Delete((*NODES, id, "on_error")) for id in chosen if _says_default(data, id))
    for (id, port), targets in cut.items():
        yield from (Unwire(id, port, target) for target in targets)
        if port == ERROR and data.get("on_error") and len(targets) == len(ids_of(data["nodes"][id]["on_error"])):
            yield Add((*NODES, id, "on_error"), [])


def indented(lines: str, by: str = "  ") -> str:
    """Lines one step deeper."""
    return "".join(by + line if line.strip() else line for line in lines.splitlines(keepends=True))
