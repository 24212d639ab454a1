"""Where messages that have only the time of their arrival meet a sink that is too coarse to keep them apart."""

from __future__ import annotations

from collections.abc import Callable

from flowengine.catalog import Catalog
from flowengine.flow.model import ERROR, Flow, NodeSpec
from flowengine.node import Sink, Source

Report = Callable[..., None]


def check_instants(flow: Flow, catalog: Catalog, report: Report) -> None:
    """Warn of each sink that is coarser than a microsecond, by which arrivals differ, and gets arrival times."""
    coarse = {
        id: option
        for id, spec in flow.nodes.items()
        if spec.config is not None
        and not spec.disabled
        and issubclass(kind := catalog.node(spec.type), Sink)
        and (option := kind.coarse(spec.config))
    }
    if not coarse:
        return
    timeless = _reached_without_time(flow, catalog)
    for id, option in coarse.items():
        if id in timeless:
            spec = flow.nodes[id]
            fault = (
                f"messages from {timeless[id]} have no time of their own, and those that arrive in one instant "
                f"of this {option} replace each other; take `us`, or give them a time"
            )
            report((*spec.path, option), fault, severity="warning")


def _reached_without_time(flow: Flow, catalog: Catalog) -> dict[str, str]:
    """Nodes that get messages with nothing but the time of their arrival, each with a source of such."""

    def gives(spec: NodeSpec) -> bool:
        return spec.config is None or catalog.node(spec.type).gives_time(spec.config)

    found: dict[str, str] = {}
    for source in flow.nodes.values():
        if source.config is None or source.disabled or not issubclass(catalog.node(source.type), Source):
            continue
        todo = [source]
        while todo:
            spec = todo.pop()
            if gives(spec):
                continue
            for port, ids in spec.wires.items():
                for id in ids if port != ERROR else ():
                    if id in flow.nodes and id not in found:
                        found[id] = source.id
                        todo.append(flow.nodes[id])
    return found
