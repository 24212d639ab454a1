"""Checks texts and says what is wrong with them as the editor shows it. Finds itself only a changed name."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.engine import Engine
from flowengine.flow.budget import Budget
from flowengine.flow.document import Document
from flowengine.flow.files import FlowFiles
from flowengine.flow.load import Loaded
from flowengine.flow.problem import Problem
from web_editor.workspace import schemas
from web_editor.workspace.flow_sources import FlowSource
from web_editor.workspace.graph import GraphOf


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text with all that is known of it without running it."""

    document: Document
    loaded: Loaded
    diagnostics: list[schemas.Diagnostic]

    @property
    def errors(self) -> int:
        """How many keep it from running."""
        return sum(each.severity == "error" for each in self.diagnostics)

    @property
    def warnings(self) -> int:
        """How many do not."""
        return sum(each.severity == "warning" for each in self.diagnostics)

    def graph(self, engine: Engine, flow: FlowSource, layout: str) -> schemas.Graph | None:
        """The drawing; None for a text that is not YAML or has no nodes."""
        data = self.document.data
        if not isinstance(data, dict) or not isinstance(data.get("nodes"), dict):
            return None
        positions = Document.parse(layout, "layout").data
        return GraphOf(self.document, self.loaded, engine.catalog, FlowFiles(flow.path.parent)).graph(positions)


def checked(
    engine: Engine, flow: FlowSource, text: str, resolved: bool = True, budget: Budget | None = None
) -> CheckedText:
    """The text, checked as if it were this flow's. Blocking: about 10 µs a byte of a large file.

    For somebody who could not deploy it is not `resolved`: neither secrets nor the environment are looked at.
    """
    document = Document.parse(text, str(flow.path))
    loaded = engine.load(document, str(flow.path), flow.path.parent, resolved, budget)
    # Of a text that is not YAML, everything else that may be said is noise.
    unreadable = document.root is None and document.problems
    diagnostics = [_diagnostic(problem) for problem in (document.problems if unreadable else loaded.problems)]
    if isinstance(document.data, dict) and not flow.subflow and loaded.flow.name not in (flow.id, "unnamed"):
        diagnostics.append(_renamed(document, flow.id))
    for each in diagnostics:
        each.message = engine.secrets.text(each.message)
    return CheckedText(document, loaded, diagnostics)


def _diagnostic(problem: Problem) -> schemas.Diagnostic:
    hint = f" (did you mean {problem.hint}?)" if problem.hint else ""
    start = schemas.Place(problem.line, problem.column)
    end = schemas.Place(problem.end_line, problem.end_column)
    return schemas.Diagnostic(
        problem.severity,
        problem.message + hint,
        problem.code,
        problem.node or None,
        list(problem.path),
        schemas.Range(start, end) if problem.line else None,
    )


def _range(document: Document, path: schemas.Path) -> schemas.Range:
    place = document.where(tuple(path))
    return schemas.Range(schemas.Place(place.line, place.column), schemas.Place(place.end_line, place.end_column))


def _renamed(document: Document, id: str) -> schemas.Diagnostic:
    said = f"the flow's name must stay {id!r}; to rename it, make a new flow"
    return schemas.Diagnostic("error", said, "bad-name", None, ["flow"], _range(document, ["flow"]))
