"""Whether this engine can go on from what another one committed: workers of two versions share a cluster for a while.

What a newer engine has written is left to newer ones. What an older one has written is taken as on one machine.
"""

from __future__ import annotations

from flowengine.catalog import Catalog
from flowengine.cluster.stages import Unit
from flowengine.cluster.unit_stores import STATES
from flowengine.flow.guarantees import commits_state
from flowengine.flow.model import Flow
from flowengine.runtime.state import unpacked
from flowengine.store.checkpoints import FORMAT
from flowengine.store.jetstream.checkpoints import Version, committed
from flowengine.store.jetstream.units import Newer
from flowengine.store.jetstream.units import Unit as Held


async def require_fit(flow: Flow, unit: Unit, held: Held, catalog: Catalog) -> None:
    """Return where everything that was committed can be read. Raises `Newer`, `OSError`."""
    saved = await held.load(STATES)
    states = {} if saved is None else unpacked(saved)
    for id in unit.stage.nodes:
        spec, kind = flow.nodes[id], catalog.node(flow.nodes[id].type)
        found = await committed(held, id) if commits_state(spec, kind) else states.get(id)
        if found is None:
            continue
        if isinstance(found, Version) and found.format > FORMAT:
            raise Newer(f"{id}: its commit has format {found.format}, this engine knows {FORMAT}")
        if found.type == spec.type and found.version > kind.state_version:
            raise Newer(f"{id}: its state has version {found.version}, this engine knows {kind.state_version}")
