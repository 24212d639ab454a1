"""The one way from text to a flow: document, variables, subflows, shape, types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.catalog import Catalog
from flowengine.flow.budget import Budget, TooMuch
from flowengine.flow.check import check
from flowengine.flow.check_pages import check_pages
from flowengine.flow.document import Document
from flowengine.flow.guarantees import check_guarantees
from flowengine.flow.host_files import HostFiles
from flowengine.flow.instants import check_instants
from flowengine.flow.model import Flow
from flowengine.flow.outside import Outside
from flowengine.flow.parse import Parsed, Parser
from flowengine.flow.problem import Problem, merged
from flowengine.flow.subflow import Documents, Library, check_doors, expand
from flowengine.flow.variables import Secrets, Variables


@dataclass(frozen=True)
class Loaded:
    """A flow and all that is wrong with it; it may run when nothing of that is an error."""

    flow: Flow
    problems: list[Problem]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """What a subflow's ports are called; a flow that runs by itself has none."""
    outside: Outside = field(default_factory=Outside)

    @property
    def ok(self) -> bool:
        """Whether the flow may run."""
        return not any(problem.severity == "error" for problem in self.problems)


def load(
    text: str | bytes | Document,
    name: str,
    catalog: Catalog,
    environment: Mapping[str, str],
    secrets: Secrets,
    subflows: Library | None = None,
    overrides: Mapping[str, Any] | None = None,
    resolved: bool = True,
    budget: Budget | None = None,
    files: HostFiles | None = None,
) -> Loaded:
    """The flow in `text`; `name` is what problems call the file, `overrides` replace `vars` by name.

    `files` says which files of this machine the flow may name; without it any.
    Without `resolved`, no secret, no variable of the environment and no override is looked at.
    """
    document = text if isinstance(text, Document) else Document.parse(text, name)
    if document.broken:
        return Loaded(Flow("unnamed", file=name), document.problems[:1])  # all else would be said of half a file
    given = dict(overrides or {}) if resolved else {}
    variables = Variables(
        environment,
        secrets,
        fixed=given,
        outside=Outside(resolved),
        budget=budget or Budget(),
        untold=set(given),
    )
    parser = Parser(document, variables, subflows.beside if subflows is not None else None)
    try:
        flow, parsed = _checked(parser, subflows, catalog, files)
    except TooMuch as fault:
        parser.end(str(fault))
        flow = Flow("unnamed", file=document.name)
        parsed = Parsed(flow, [], {}, {})
    doors = tuple(parsed.inputs), tuple(parsed.outputs)
    return Loaded(flow, merged(parser.problems), *doors, variables.outside)


def _checked(
    parser: Parser, subflows: Library | None, catalog: Catalog, files: HostFiles | None
) -> tuple[Flow, Parsed]:
    parsed = parser.parse()
    check_doors(parsed, parser)
    flow = expand(parsed.flow, Documents(subflows) if subflows else None, catalog, parser.variables, parser.report)
    beside = subflows.beside if subflows is not None else None
    doors = {id for ends in parsed.inputs.values() for id in ends}
    doors |= {id for ends in parsed.outputs.values() for id, _ in ends}
    flow = check(flow, parser.document.data, catalog, parser.report, parser.variables.budget, files, beside, doors)
    check_guarantees(flow, catalog, parser.report)
    check_instants(flow, catalog, parser.report)
    check_pages(flow, parser.report)
    if flow.tests:
        from flowengine.flow.cases import names_of, read_cases  # most of a flow's files in production have no tests

        read_cases(flow.tests, names_of(flow, catalog), parser.report)
    return flow, parsed
