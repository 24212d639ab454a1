"""Print the JSON Schema (2020-12) of flow files, for editors with a YAML language server and for CI."""

from __future__ import annotations

import argparse
import json

from flowengine.catalog import installed
from flowengine.catalog.schema import flow_schema
from flowengine.cli.options import add_nodes
from flowengine.flow.cases import Case

EXAMPLES = """examples:
  flowengine schema > flow.schema.json
  # then, in the first line of a flow file:
  # yaml-language-server: $schema=flow.schema.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    add_nodes(parser)
    parser.add_argument("--compact", action="store_true", help="on one line")


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    print(schema_text(None if options.compact else 2))
    return 0


def schema_text(indent: int | None = 2) -> str:
    """The schema as JSON."""
    return json.dumps(flow_schema(installed(), Case.model_json_schema(by_alias=True)), indent=indent)
