"""Say what a set of flows runs on, as CycloneDX 1.6: engine, packages of nodes, libraries, and each flow's digest."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution, distributions, entry_points
from pathlib import Path
from typing import Any

from flowengine import DISTRIBUTION
from flowengine.cli.options import add_nodes, nothing_in
from flowengine.flow.files import find

EXAMPLES = """examples:
  flowengine sbom flows/ > plant.cdx.json
  flowengine sbom --nodes my_nodes flows/

Libraries are all that are installed beside the engine: any of them may be loaded.
exit status: 0 printed, 1 there is no flow, 2 a file cannot be read"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="flow files, or folders of them")
    add_nodes(parser)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    try:
        files = find(options.paths)
        found = document(files, options.nodes or ())
    except OSError as fault:
        print(f"flowengine: cannot read {fault.filename}: {fault.strerror}", file=sys.stderr)
        return 2
    if not files:
        print(f"flowengine: {nothing_in(options.paths)}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=1, sort_keys=True))
    return 0


def document(flows: Iterable[Path], nodes: Iterable[Path] = ()) -> dict[str, Any]:
    """CycloneDX 1.6; equal for equal files on the same installation. `nodes` are folders of node files. Blocking."""
    bring_nodes = {_name(point.dist) for point in entry_points(group="flowengine.nodes") if point.dist}
    libraries = {_name(one): one for one in distributions()}
    engine = libraries.pop(_name(own := distribution(DISTRIBUTION)), own)
    local = (file for folder in nodes for file in folder.rglob("*.py"))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**_package(engine), "type": "application"}},
        "components": [
            *(_package(libraries[name], name in bring_nodes) for name in sorted(libraries)),
            *_files(local, "nodes"),
            *_files(flows, "flow"),
        ],
    }


def _name(found: Distribution) -> str:
    """As PyPI writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()


def _package(found: Distribution, brings_nodes: bool = False) -> dict[str, Any]:
    name = _name(found)
    purl = f"pkg:pypi/{name}@{found.version}"
    said: dict[str, Any] = {"type": "library", "name": name, "version": found.version, "purl": purl, "bom-ref": purl}
    return {**said, "properties": _is("nodes")} if brings_nodes else said


def _files(paths: Iterable[Path], what: str) -> Iterator[dict[str, Any]]:
    for path in sorted(paths):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes = [{"alg": "SHA-256", "content": digest}]
        yield {"type": "file", "name": str(path), "hashes": hashes, "properties": _is(what)}


def _is(what: str) -> list[dict[str, str]]:
    return [{"name": "flowengine:is", "value": what}]
