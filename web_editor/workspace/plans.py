"""What a deploy does, for the editor: which nodes start, stop and restart, and what a restart gives up."""

from __future__ import annotations

from flowengine.catalog import Catalog
from flowengine.flow.model import Flow
from flowengine.flow.places import public
from flowengine.node import Stateful
from flowengine.runtime.plan import Plan
from web_editor.workspace import schemas


def plan_of(plan: Plan, old: Flow, new: Flow, catalog: Catalog) -> schemas.Plan:
    """The engine's plan in the shape of the API."""
    return schemas.Plan(
        add=[public(id) for id in plan.added],
        remove=[public(id) for id in plan.removed],
        restart=[
            schemas.Restart(public(id), why, _given_up(old.nodes[id].type, new.nodes[id].type, catalog))
            for id, why in dict(plan.changed).items()
        ]
        + [schemas.Restart(public(id), f"renamed, was {was}", None) for id, was in dict(plan.renamed).items()],
        keep=len(plan.kept) + len(plan.rewired),
        connections=list(plan.connections),
    )


def _given_up(old: str, new: str, catalog: Catalog) -> str | None:
    """State that does not survive the restart; None when nothing is lost."""
    if old not in catalog.node_types():
        return None
    kind = catalog.node(old)
    if not issubclass(kind, Stateful):
        return None
    if old != new:
        return f"what {old} remembers"
    return None if kind.durable_state else f"what {old} remembers, which is kept in memory only"
