"""At least 10,000 random edits over real files: each is exact in data and in characters, or refused with a reason.

The data that an edit shall give is worked out here, independently of `flowengine.flow.edit`.
"""

import copy
import difflib
import random
import re
from collections import Counter
from pathlib import Path as FilePath

import pytest

from flowengine.flow.document import Document
from flowengine.flow.edit import Add, Delete, EditRefused, Rename, Set, Unwire, Wire, apply

FILES = sorted((FilePath(__file__).parent / "yaml").glob("*.yaml"))
EDITS_PER_FILE = 2_100
EDITS_PER_START = 12

VALUES = [
    1, -7, 2.5, 1e300, float("inf"), True, False, None, "x", "no", "on", "12:30", "2001-01-01", "12", "0o17", "1e3",
    "a: b", "# c", "a #b", "é😀", "line 1\nline 2\n", "line 1\n\n  deeper\nend", " lead", "trail ", "", "it's",
    "- x", "*a", "&b", "null", "tab\there", "tab\nline\t\n", "\n", "\n\nx\n\n", "back\\slash", "nul\0", "\x85\u2028",
    "${site}", "{a}", "[b", "a, b", "key:", "<<", "=", "?", "!t", "%p", "@a", "`b", "...", "---", "x" * 200, [], {},
    "~", 'say "x"', [1, 2], ["a", ["b"]], {"k": 1, "z": [1]}, [{"a": 1, "b": 2}, 3],
    {"type": "debug", "deep": {"er": {"est": [{"a": 1}, {"b": "l1\nl2\n"}]}}},
]  # fmt: skip


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one == other or (one != one and other != other)


def paths_of(data, path=()):
    yield path
    for step, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from paths_of(value, (*path, step))


def at(data, path):
    for step in path:
        data = data[step]
    return data


def named(value, name):
    return value == name if not isinstance(value, list) else name in value


HEADING = r"\s*(#|$|[\w-]+: *(#.*)?$)"
"""A comment, a blank line, or a key whose value follows below."""


class Edit:
    """An operation, the data it shall give, and the place it may touch, or the name whose lines it may touch."""

    def __init__(self, operation, expected, place=(), names=""):
        self.operation, self.expected, self.place, self.names = operation, expected, place, names


def set_value(chance, document):
    data = document.data
    path = chance.choice([path for path in paths_of(data) if path])
    value = chance.choice(VALUES)
    expected = copy.deepcopy(data)
    at(expected, path[:-1])[path[-1]] = value
    return Edit(Set(path, value), expected, path)


def change_a_collection(chance, document):
    data = document.data
    found = [path for path in paths_of(data) if path and isinstance(at(data, path), dict | list) and at(data, path)]
    path = chance.choice(found)
    expected = copy.deepcopy(data)
    value = at(expected, path)
    for _ in range(chance.randrange(1, 3)):
        if isinstance(value, dict):
            key = chance.choice([*value, "new key", "n2"])
            if chance.random() < 0.3:
                value.pop(key, None)
            else:
                value[key] = chance.choice(VALUES)
        elif value and chance.random() < 0.5:
            value.pop(chance.randrange(len(value)))
        else:
            value.insert(chance.randrange(len(value) + 1), chance.choice(VALUES))
    return Edit(Set(path, copy.deepcopy(value)), expected, path)


def add_key(chance, document):
    data = document.data
    path = chance.choice([path for path in paths_of(data) if isinstance(at(data, path), dict)])
    key = chance.choice(["fresh", "no", "with space", "1", "é", "a:b", "x#", "- y", "<<<", "topic2"])
    if key in at(data, path):
        return None
    value = chance.choice(VALUES)
    expected = copy.deepcopy(data)
    at(expected, path)[key] = value
    return Edit(chance.choice([Add, Set])((*path, key), value), expected, path)


def insert_item(chance, document):
    data = document.data
    lists = [path for path in paths_of(data) if isinstance(at(data, path), list)]
    if not lists:
        return None
    path = chance.choice(lists)
    index = chance.randrange(len(at(data, path)) + 1)
    value = chance.choice(VALUES)
    expected = copy.deepcopy(data)
    at(expected, path).insert(index, value)
    return Edit(Add((*path, index), value), expected, path)


def delete_value(chance, document):
    data = document.data
    found = [path for path in paths_of(data) if path and path[0] != "connections" and len(path) != 2]
    path = chance.choice(found)
    expected = copy.deepcopy(data)
    del at(expected, path[:-1])[path[-1]]
    return Edit(Delete(path), expected, path)


def add_node(chance, document):
    data = document.data
    node = {"type": "debug", "level": chance.choice(VALUES)}
    if chance.random() < 0.5:
        node = {**node, "to": chance.choice([*data["nodes"]]), "options": chance.choice(VALUES)}
    expected = copy.deepcopy(data)
    id = f"node{len(data['nodes'])}x"
    if id in data["nodes"]:
        return None
    expected["nodes"][id] = node
    return Edit(Add(("nodes", id), node), expected, ("nodes",))


def wiring_places(data):
    """Containers and keys that name nodes."""
    for key in ("on_error", "inputs"):
        if key in data:
            yield data, key
    for node in data["nodes"].values():
        if isinstance(node, dict):
            yield from ((node, key) for key in ("to", "on_error") if key in node)
    pages = data.get("pages")
    for page in pages.values() if isinstance(pages, dict) else ():
        widgets = page.get("widgets") if isinstance(page, dict) else None
        for widget in widgets.values() if isinstance(widgets, dict) else ():
            if isinstance(widget, dict) and "to" in widget:
                yield widget, "to"


def name_places(data):
    for container, key in list(wiring_places(data)):
        if isinstance(container[key], dict):
            yield from ((container[key], port) for port in list(container[key]))
        else:
            yield container, key


def delete_node(chance, document):
    data = document.data
    id = chance.choice([*data["nodes"]])
    expected = copy.deepcopy(data)
    del expected["nodes"][id]
    for container, key in name_places(expected):
        value = container[key]
        if isinstance(value, list) and id in value:
            container[key] = [name for name in value if name != id]
        if value == id or (value and container[key] == []):
            del container[key]
    return Edit(Delete(("nodes", id)), expected, names=id)


def rename_node(chance, document):
    data = document.data
    old = chance.choice([*data["nodes"]])
    new = chance.choice([f"{old}_2", "renamed", "no", "très", old[:1]])
    if new in data["nodes"] or len(old) < 2:
        return None
    expected = copy.deepcopy(data)
    expected["nodes"] = {new if key == old else key: value for key, value in expected["nodes"].items()}
    for container, key in name_places(expected):
        value = container[key]
        container[key] = [new if name == old else name for name in value] if isinstance(value, list) else value
        if value == old:
            container[key] = new
    outputs = expected.get("outputs")
    for port, value in outputs.items() if isinstance(outputs, dict) else ():
        if isinstance(value, str):
            outputs[port] = re.sub(rf"^{re.escape(old)}(?=\.|$)", new, value)
    if isinstance(outputs, str):
        expected["outputs"] = re.sub(rf"^{re.escape(old)}(?=\.|$)", new, outputs)
    tests = expected.get("tests")
    for test in tests if isinstance(tests, list) else ():
        for part in ("send", "expect"):
            if isinstance(test, dict) and isinstance(test.get(part), dict):
                if old in test[part] and new in test[part]:
                    return None
                test[part] = {new if key == old else key: value for key, value in test[part].items()}
    return Edit(Rename(("nodes", old), new), expected, names=old)


def rename_key(chance, document):
    data = document.data
    found = [path for path in paths_of(data) if len(path) > 2 and isinstance(path[-1], str)]
    if not found:
        return None
    path = chance.choice(found)
    new = chance.choice(["renamed", "off", "b c", "ключ"])
    container = at(data, path[:-1])
    if new in container:
        return None
    expected = copy.deepcopy(data)
    at(expected, path[:-1])[new] = at(expected, path[:-1]).pop(path[-1])
    return Edit(Rename(path, new), expected, path)


def rename_var(chance, document):
    data = document.data
    names = [*data["vars"]] if isinstance(data.get("vars"), dict) else []
    if not names:
        return None
    old, new = chance.choice(names), chance.choice(["hot_limit", "v2"])
    if new in names:
        return None

    def follow(value):
        if isinstance(value, dict):
            return {key: follow(item) for key, item in value.items()}
        if isinstance(value, list):
            return [follow(item) for item in value]
        if isinstance(value, str):
            return value.replace("${" + old + "}", "${" + new + "}").replace("${" + old + ":-", "${" + new + ":-")
        return value

    expected = follow(copy.deepcopy(data))
    expected["vars"] = {new if key == old else key: value for key, value in expected["vars"].items()}
    return Edit(Rename(("vars", old), new), expected, names=old)


def rename_connection(chance, document):
    data = document.data
    names = [*data["connections"]] if isinstance(data.get("connections"), dict) else []
    if not names:
        return None
    old, new = chance.choice(names), "other_link"
    if new in names:
        return None
    expected = copy.deepcopy(data)
    expected["connections"] = {new if key == old else key: value for key, value in expected["connections"].items()}
    for node in expected["nodes"].values():
        if isinstance(node, dict) and node.get("connection") == old:
            node["connection"] = new
    defaults = expected.get("x-defaults")
    if (
        isinstance(defaults, dict)
        and defaults.get("connection") == old
        and any(
            isinstance(node, dict)
            and node.get("connection") == old
            and document.find(("nodes", id, "connection")) is None
            for id, node in data["nodes"].items()
        )
    ):
        defaults["connection"] = new
    return Edit(Rename(("connections", old), new), expected, names=old)


def wire(chance, document):
    data = document.data
    source, to = chance.choice([*data["nodes"]]), chance.choice([*data["nodes"]])
    port = chance.choice(["out", "out", "error", "high"])
    expected = copy.deepcopy(data)
    node = expected["nodes"][source]
    if not isinstance(node, dict):
        return None
    key = "on_error" if port == "error" else "to"
    holder = node
    if key == "to" and isinstance(node.get("to"), dict):
        holder, key = node["to"], port
    elif key == "to" and port != "out":
        node["to"] = {"out": node["to"], port: None} if node.get("to") else {port: None}
        holder, key = node["to"], port
    held = holder.get(key)
    if named(held, to):
        return None
    holder[key] = to if held in (None, []) else [*held, to] if isinstance(held, list) else [held, to]
    return Edit(Wire(source, port, to), expected, ("nodes", source))


def inherits_errors(data, id):
    """Whether the flow's own `on_error` holds for a node that names none."""
    targets = data.get("on_error")
    return targets not in (None, []) and not named(targets, id)


def unwire(chance, document):
    data = document.data
    wires = []
    for id, node in data["nodes"].items():
        for key in ("to", "on_error") if isinstance(node, dict) else ():
            value = node.get(key)
            port = "out" if key == "to" else "error"
            for name, targets in value.items() if isinstance(value, dict) else [(port, value)]:
                wires += [(id, key, name, to) for to in (targets if isinstance(targets, list) else [targets])]
    wires = [wire for wire in wires if isinstance(wire[3], str)]
    if not wires:
        return None
    id, key, port, to = chance.choice(wires)
    expected = copy.deepcopy(data)
    node = expected["nodes"][id]
    holder, last = (node[key], port) if isinstance(node[key], dict) else (node, key)
    if isinstance(holder[last], list):
        holder[last] = [name for name in holder[last] if name != to]
    if holder[last] in (to, []):
        if key == "on_error" and inherits_errors(data, id):
            holder[last] = []  # without the key, the flow's own `on_error` would hold for this node again
        else:
            del holder[last]
    if isinstance(node.get(key), dict) and not node[key]:
        del node[key]
    return Edit(Unwire(id, port, to), expected, ("nodes", id))


KINDS = [
    set_value, set_value, change_a_collection, add_key, insert_item, delete_value, add_node, delete_node, rename_node,
    rename_key, rename_var, rename_connection, wire, unwire,
]  # fmt: skip


def window(document, path):
    """Lines that an edit of `path` may change: its entry, the comments above, what is blank or deeper below."""
    lines = document.text.split("\n")
    while document.find(path) is None:  # comes by an alias or a merge: written out where that stands
        path = path[:-1]
    if not path:
        return 0, len(lines)
    key, value = document.where(path, key=True), document.where(path)
    first, last = key.line - 1, max(value.end_line, key.end_line)
    column = key.column - 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    while last < len(lines) and (not lines[last].strip() or re.match(rf" {{{column + 1},}}#", lines[last])):
        last += 1
    if lines[key.line - 1][:column].strip():
        last += 1  # behind a dash: the next entry takes this one's place
        while last < len(lines) and lines[last - 1].lstrip().startswith("#"):
            last += 1
    return first, last


def assert_only_the_window_changed(before, after, path):
    """Every line outside the window of `path`, or of what holds it, is the same as before."""
    first, last = window(before, path)
    if path and isinstance(path[-1], int):
        first, last = min(first, window(before, path[:-1])[0]), max(last, window(before, path[:-1])[1])
    elif len(path) > 1 and len(at(before.data, path[:-1])) == 1:  # the last entry goes: `{}` or `[]` stays
        first, last = window(before, path[:-1])
    old, new = before.text.split("\n"), after.text.split("\n")
    assert new[:first] == old[:first]
    tail = old[last:]
    if tail in ([], [""]):
        return  # the entry ends the file
    assert new[len(new) - len(tail) :] == tail


def assert_only_lines_with(name, before, after, path):
    """Lines that are no longer there stood in the window of `path`, name `name`, or lead up to a line that does."""
    first, last = window(before, path)
    old, new = before.text.split("\n"), after.text.split("\n")
    kept = Counter(new)
    for number, line in enumerate(old):
        if first <= number < last:
            continue
        if kept[line]:
            kept[line] -= 1
        else:
            following = next((text for text in old[number:] if not re.match(HEADING, text)), "")
            assert name in line or name in following or re.match(HEADING, line), line


def assert_line_ends_stay(before, after):
    if "\r\n" in before:
        assert "\n" not in after.replace("\r\n", "")
    else:
        assert "\r" not in after.replace("\\r", "")


def shown(edit, before, edited):
    lines = difflib.unified_diff(before.split("\n"), edited.text.split("\n"), lineterm="")
    return f"{edit.operation}\n" + "\n".join(lines)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_random_edits_are_exact_and_minimal_or_refused(file):
    chance = random.Random(file.stem)
    original = Document.parse(file.read_bytes(), file.name)
    assert not original.problems
    edits, refused = Counter(), Counter()
    reasons = Counter()
    while edits.total() < EDITS_PER_FILE:
        document = original
        for _ in range(EDITS_PER_START):
            kind = chance.choice(KINDS)
            if not isinstance(document.data.get("nodes"), dict) or len(document.data["nodes"]) < 2:
                break
            edit = kind(chance, document)
            if edit is None:
                continue
            edits[kind.__name__] += 1
            text = document.text
            try:
                edited = apply(document, [edit.operation])
            except EditRefused as refusal:
                assert refusal.reason and document.text == text
                refused[kind.__name__] += 1
                reasons[kind.__name__, re.sub(r"\d+|'.*?'|[\w.\[\]]*\.[\w.\[\]]*", "…", refusal.reason)] += 1
                continue
            assert same(Document.parse(edited.text, "again").data, edit.expected), shown(edit, text, edited)
            assert_line_ends_stay(text, edited.text)
            try:
                if edit.names:
                    assert_only_lines_with(edit.names, document, edited.document, edit.operation.path)
                else:
                    assert_only_the_window_changed(document, edited.document, edit.place)
            except AssertionError as fault:
                raise AssertionError(shown(edit, text, edited)) from fault
            document = edited.document
    print(file.stem, dict(edits), dict(refused), *reasons.most_common(), sep="\n   ")
    assert refused.total() < edits.total() / 10, reasons.most_common(5)


PIECES = [
    " ",
    "\n",
    "\r",
    "\t",
    "#",
    " # ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "<<: *a\n",
    "? ",
    "|\n",
    "'",
    '"',
]


def test_edits_of_odd_text_are_exact_or_refused_and_raise_nothing_else():
    chance = random.Random("odd text")
    texts = [file.read_bytes().decode() for file in FILES]
    edited = 0
    for _ in range(1_500):
        text = chance.choice(texts)
        for _ in range(chance.randrange(1, 4)):
            at_ = chance.randrange(len(text))
            text = text[:at_] + chance.choice(PIECES) + text[at_ + chance.choice([0, 0, 1, 3]) :]
        document = Document.parse(text, "odd")
        path = chance.choice([path for path in paths_of(document.data) if path] or [("a",)])
        operation = chance.choice(
            [Set(path, chance.choice(VALUES)), Delete(path), Add((*path[:-1], "fresh"), 1), Rename(path, "fresh")]
        )
        try:
            after = apply(document, [operation])
        except EditRefused as refusal:
            assert refusal.reason
            continue
        edited += 1
        assert same(Document.parse(after.text, "odd").data, after.document.data)
        if isinstance(operation, Set):
            assert same(at(after.document.data, path), operation.value), (text, operation)
    assert edited > 300


def answer(document, operations):
    """The data after the operations, or None where they are refused."""
    try:
        return apply(document, operations).document.data
    except EditRefused:
        return None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_operations_taken_together_give_what_they_give_one_by_one(file):
    chance = random.Random(f"together {file.stem}")
    original = Document.parse(file.read_bytes(), file.name)
    compared = 0
    for _ in range(60):
        document, operations = original, []
        for _ in range(6):
            edit = chance.choice([set_value, add_key, add_node, delete_node, rename_node, wire, unwire, insert_item])
            nodes = document.data.get("nodes")
            made = edit(chance, document) if isinstance(nodes, dict) and nodes else None
            if made is None or answer(document, [made.operation]) is None:
                continue
            operations.append(made.operation)
            document = apply(document, [made.operation]).document
        together = answer(original, operations)
        if together is not None:
            assert same(together, document.data), operations
            compared += 1
    assert compared >= 50


def test_the_files_together_get_10000_edits_and_show_what_files_show():
    assert EDITS_PER_FILE * len(FILES) >= 10_000
    everything = "".join(file.read_bytes().decode() for file in FILES)
    for sign in ("\r\n", "&", "<<: *", "{", "\n- ", ": |", ": >", "\t", "é", "😀", "'", '"', "---"):
        assert sign in everything
    assert any(not file.read_bytes().endswith(b"\n") for file in FILES)
