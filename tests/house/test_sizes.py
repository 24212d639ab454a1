"""Rooms stay small enough to know. Where one is larger, the reason stands here."""

import ast

from tests.house.sources import ROOT, Function, definitions, length, modules, tracked, tree

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 50
METHODS_OF_A_CLASS = 15

# "path" or "path::Class.function" -> why it may be larger
REASONS: dict[str, str] = {
    "flowengine/script/grammar.py::_Check": "a rule for each kind of node of Python's tree, all on one set of names",
    "flowengine/script/expressions.py::ScriptForm": "a method for each kind of node of Python's tree",
    "flowengine/store/spool/disk.py::Disk": "stands for the file system: a method for each call that tests make fail",
    "flowengine/runtime/spooled.py::SpoolInbox": "the queue's whole interface stands here, each method a few lines",
    "nodes/commands/jobs.py::Jobs": "one method for each event of a line's life, all on one state",
    "nodes/commands/line.py::Line": "one method for each event of a line's life, all on its jobs, messages and rows",
    "flowengine/cluster/wired.py::Outgoing": "the queue's whole interface stands here, each method a few lines",
    "flowengine/cli/mcp_tools.py::Tools": "each method is a tool of assistants, a few lines that call what exists",
    "flowengine/store/jetstream/client.py::JetStream": "the whole door to the servers, each method one call",
    "flowengine/store/jetstream/log.py::WireLog": "the log's whole interface stands here, each method a few lines",
    "nodes/connections/mqtt.py::Mqtt": "what a connection answers to, each method a line or two",
    "nodes/clients/mqtt/client.py::MqttClient": "the whole door to the client, each method a line or two",
    "nodes/clients/mqtt/delivery.py::Delivery": "one method for each event of a session's life, all on one state",
}


def _too_large() -> dict[str, str]:
    found = {}
    for path in modules():
        lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
        if lines > LINES_OF_A_FILE:
            found[str(path)] = f"{lines} lines, at most {LINES_OF_A_FILE}"
        for name, node in definitions(tree(path)):
            if isinstance(node, ast.ClassDef):
                methods = sum(isinstance(child, Function) for child in node.body)
                if methods > METHODS_OF_A_CLASS:
                    found[f"{path}::{name}"] = f"{methods} methods, at most {METHODS_OF_A_CLASS}"
            elif length(node) > LINES_OF_A_FUNCTION:
                found[f"{path}::{name}"] = f"{length(node)} lines, at most {LINES_OF_A_FUNCTION}"
    return found


def test_files_functions_and_classes_stay_small() -> None:
    unexplained = {place: size for place, size in _too_large().items() if place not in REASONS}
    assert not unexplained


def test_no_reason_outlives_its_exception() -> None:
    assert set(REASONS) <= set(_too_large())


def test_every_reason_says_something() -> None:
    assert all(len(reason.split()) >= 5 for reason in REASONS.values())


def test_files_of_the_editor_in_the_browser_stay_small() -> None:
    sources = [path for end in ("ts", "tsx") for path in tracked(f"web_editor/ui/src/*.{end}")]
    lines = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in sources}
    too_long = [f"{path}: {number} lines" for path, number in lines.items() if number > LINES_OF_A_FILE]
    assert len(lines) > 150
    assert [said for said in too_long if "api/generated.ts" not in said] == []
