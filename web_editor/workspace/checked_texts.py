"""Remembers what was found in texts: the same text of a flow is asked for by every list, form and deploy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowengine.engine import Engine
from flowengine.flow.budget import Budget, within
from flowengine.store.revisions import etag_of
from web_editor.workspace.diagnostics import CheckedText, checked
from web_editor.workspace.flow_sources import FlowSource, FlowSources

MOST_CHECKED, MOST_CHECKED_CHARACTERS = 200, 4 * 2**20
"""Results that are remembered: a result takes some fifty times what its text does."""

LONGEST_CHECK_S = 30.0
Library = tuple[str, ...]
"""Of the subflows as they are now: each is part of what is checked, so another text of one makes another result."""


class CheckedTexts:
    """What is known of texts without running them."""

    def __init__(self, engine: Engine, sources: FlowSources):
        self._engine = engine
        self._sources = sources
        self._known: dict[Any, CheckedText] = {}

    def check(self, flow: FlowSource, text: str, resolved: bool = True, budget: Budget | None = None) -> CheckedText:
        """What is known of a text without running it; blocking. Texts seen before are remembered.

        It is `resolved` for those who could deploy it, and for nobody else.
        """
        return self._check(flow, text, _library(self._sources.all()), resolved, budget)

    def every(self) -> Iterator[tuple[FlowSource, CheckedText]]:
        """Every flow with what is known of its text; folders and drafts are read once for all. Blocking."""
        flows = self._sources.all()
        library = _library(flows)
        for flow in flows.values():
            yield flow, self._check(flow, flow.text, library)

    def forget(self, most: int = 0) -> None:
        """Results are remembered of so many texts at most; of none once secrets have changed."""
        characters = sum(len(found.document.text) for found in list(self._known.values()))
        while self._known and (len(self._known) > most or characters > MOST_CHECKED_CHARACTERS):
            oldest = self._known.pop(next(iter(self._known)), None)
            characters -= len(oldest.document.text) if oldest else 0

    def _check(
        self, flow: FlowSource, text: str, library: Library, resolved: bool = True, budget: Budget | None = None
    ) -> CheckedText:
        key = (flow.id, etag_of(text), library, resolved)
        found = self._known.pop(key, None)
        if found is None:
            budget = budget or within(LONGEST_CHECK_S)
            found = checked(self._engine, flow, text, resolved, budget)
            if budget.over:
                return found
        self._known[key] = found
        self.forget(MOST_CHECKED)
        return found


def _library(flows: Mapping[str, FlowSource]) -> Library:
    return tuple(each.etag for each in flows.values() if each.file and each.file.subflow)
