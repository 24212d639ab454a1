"""The flow format and every node type on one page, and an index of the pages: for tools that write flows. No files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowengine.catalog import Catalog
from flowengine.catalog.every_node import every_node_schema
from flowengine.catalog.flow_file import FlowFile
from flowengine.catalog.kinds import FOLDERS
from flowengine.catalog.pages import kind_of
from flowengine.catalog.schema import describe
from flowengine.expression.functions import FUNCTIONS, PATTERN_FUNCTIONS

SUMMARY = (
    "A flow is one YAML file: a map of nodes by id, wired by `to:`. `flowengine check` checks it, `flowengine test` "
    "tests it in virtual time, `flowengine run` runs it."
)

WRITTEN = {
    "flow-format.md": "every section of a flow file: templates, expressions, wires, errors, subflows, for_each, tests",
    "grammar.md": "the same and all node types with their options, as compact as can be",
    "cookbook.md": "everyday jobs as flows with tests, to begin from",
    "nodes/README.md": "all node and connection types, with a page for each",
    "scripts.md": "code in a flow: `script`, and `python` in a process of its own",
    "assistants.md": "programs that write flows: what they may ask, and what they cannot do",
    "alarms.md": "alarms that people trust: hysteresis, delays, groups, shelving",
    "delivery.md": "what is delivered at least once, and what can be lost",
    "field.md": "Modbus, OPC UA, serial devices: points, quality, safe writes",
    "cli.md": "the commands and their arguments",
    "api.md": "the HTTP and WebSocket API",
    "cluster.md": "several machines: workers, leadership, what survives the loss of one",
    "operations.md": "running it unattended: data folder, backup, health, metrics",
    "security.md": "who can do what, and what flows may reach",
    "editor.md": "the editor in the browser",
    "writing-nodes.md": "node types of your own in Python",
    "glossary.md": "the words that names are made of",
}
"""What each page tells."""

RULES = (
    "Templates: `{name}` is looked for in `meta`, then in the payload; `{payload.a.b}`, `{topic}`, `{time:%H:%M}`, "
    '`{x|default}`, and for the items of a list `{payload.members:each "- {name}: {value}"}`.',
    "Expressions: a subset of Python over `payload`, `meta`, `topic`, `time` (seconds since 1970) and what sources "
    "capture; any other bare name is an error.",
    "Durations `250ms 5s 10m 14d`, sizes `64KiB 2GiB`; `${NAME}` is a variable or of the environment, "
    "`${secret:NAME}` a secret.",
    "`to:` is an id, a list of ids, or a map from port to those; `on_error:` takes what a node rejects, with "
    "`meta.error.reason`.",
    'In flow style (`{a: b}`) an expression with a comma, bracket or colon is quoted: `where: "x in [1, 2]"`.',
    "A port that leads nowhere, an unknown option and a wrong name are problems with their place and the nearest right "
    "word.",
)


def index() -> str:
    """`llms.txt`: what there is to read, with one line on each (llmstxt.org)."""
    lines = ["# flowengine", "", f"> {SUMMARY}", "", "## Docs", ""]
    lines += [f"- [{path.removesuffix('.md')}]({path}): {about}" for path, about in WRITTEN.items()]
    return "\n".join(lines) + "\n"


def grammar(catalog: Catalog) -> str:
    """`grammar.md`: sections, rules, functions, and a line for each option of each type."""
    described = [describe(name, catalog.node(name)) for name in catalog.node_types()]
    shared = [describe(name, catalog.connection(name)) for name in catalog.connection_types()]
    sections = [(name, field.description or "") for name, field in FlowFile.model_fields.items()]
    lines = ["# The grammar on one page", "", "Made from the code by `./dev docs`; do not edit.", "", SUMMARY, ""]
    lines += ["## Sections of a flow file", "", *(f"- `{name}`: {_line(text)}" for name, text in sections)]
    lines += [
        "",
        "## Rules",
        "",
        *(f"- {rule}" for rule in RULES),
        "",
        "## Functions of expressions",
        "",
        f"`{' '.join(sorted({*FUNCTIONS, *PATTERN_FUNCTIONS}))}`",
    ]
    lines += ["", "## Options of every node", "", *_options(every_node_schema())]
    for folder in FOLDERS:
        lines += ["", f"## {folder.capitalize()}"]
        lines += _types(item for item in [*described, *shared] if item["folder"] == folder)
    return "\n".join(lines) + "\n"


def _types(described: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for item in described:
        yield from ("", f"### {item['type']}", "", item["summary"], "", *_options(item["schema"]))


def _options(schema: Mapping[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        needed = ", required" if name in required else ""
        yield f"- `{name}` ({kind_of(field)}{needed}): {_line(field.get('description', ''))}"


def _line(text: str) -> str:
    """One line; texts of types are written for pages one folder below."""
    return " ".join(text.split()).replace("](../", "](")
