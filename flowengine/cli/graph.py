"""Draw a flow as text that Mermaid or Graphviz turn into a picture."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from flowengine.cli.options import add_settings, settings_of
from flowengine.engine import Engine
from flowengine.flow.model import ERROR, Flow

EXAMPLES = """examples:
  flowengine graph flows/cold_store.yaml              Mermaid, for a README
  flowengine graph --format dot flow.yaml | dot -Tsvg > flow.svg"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("path", type=Path, metavar="FILE", help="the flow file")
    parser.add_argument("--format", choices=("mermaid", "dot"), default="mermaid", help="the drawing's language")
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Print the drawing; problems of the file do not keep it from being drawn."""
    try:
        loaded = Engine(settings_of(options)).load_file(options.path)
    except OSError as fault:
        print(f"flowengine: cannot read {options.path}: {fault.strerror}")
        return 2
    print("\n".join(mermaid(loaded.flow) if options.format == "mermaid" else dot(loaded.flow)))
    return 0


def mermaid(flow: Flow) -> Iterator[str]:
    """The flow as a Mermaid flowchart."""
    number = {id: f"n{index}" for index, id in enumerate(flow.nodes)}
    yield "flowchart LR"
    for id, spec in flow.nodes.items():
        yield f'  {number[id]}["{_plain(spec.title or id)}<br/><small>{_plain(spec.type)}</small>"]'
    for id, port, target in wires(flow):
        label = "" if port == "out" else f"|{_plain(port)}|"
        arrow = "-.->" if port == ERROR else "-->"
        yield f"  {number[id]} {arrow}{label} {number[target]}"


def dot(flow: Flow) -> Iterator[str]:
    """The flow in Graphviz's language."""
    yield f'digraph "{_plain(flow.name)}" {{'
    yield "  rankdir=LR; node [shape=box, style=rounded];"
    for id, spec in flow.nodes.items():
        yield f'  "{_plain(id)}" [label="{_plain(spec.title or id)}\\n{_plain(spec.type)}"];'
    for id, port, target in wires(flow):
        style = (
            ' [style=dashed, label="error"]' if port == ERROR else "" if port == "out" else f' [label="{_plain(port)}"]'
        )
        yield f'  "{_plain(id)}" -> "{_plain(target)}"{style};'
    yield "}"


def wires(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """Every wire as node, port and target; those that lead nowhere are left out."""
    for id, spec in flow.nodes.items():
        for port, targets in spec.wires.items():
            yield from ((id, port, target) for target in targets if target in flow.nodes)


def _plain(text: str) -> str:
    return text.replace('"', "'").replace("\\", "/").replace("\n", " ").replace("<", "(").replace(">", ")")
