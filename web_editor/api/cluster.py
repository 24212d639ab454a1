"""`cluster`: who runs what, where a worker's stages would go, and draining it. On one machine there is none."""

from __future__ import annotations

from flowengine.runtime.elsewhere import ClusterNow, Elsewhere, MoveRow
from web_editor.problems import Fault
from web_editor.routing import Call, Route


async def read(call: Call) -> ClusterNow:
    """Workers that live, and every stage with its owner."""
    return _cluster(call).now()


async def plan(call: Call) -> list[MoveRow]:
    """Where the stages of a worker would go if it were drained now."""
    try:
        return _cluster(call).plan_drain(call.part("worker"))
    except KeyError:
        raise _unknown() from None


async def drain(call: Call) -> None:
    """Have a worker give everything back, in order, and take nothing until it is started again."""
    worker = call.part("worker")
    try:
        await _cluster(call).drain(worker)
    except KeyError:
        raise _unknown() from None
    except OSError as away:
        raise Fault("unavailable", str(away), retry_after_s=1.0) from None
    await call.services.record(call.user, "drain worker", worker)


def _unknown() -> Fault:
    return Fault("not-found", "no worker of that name lives")


def _cluster(call: Call) -> Elsewhere:
    cluster = call.services.engine.cluster
    if cluster is None:
        raise Fault("not-found", "this engine is no worker of a cluster")
    return cluster


ROUTES = [
    Route("GET", "cluster", "viewer", read, ClusterNow),
    Route("GET", "cluster/workers/{worker}/drain", "integrator", plan, list[MoveRow]),
    Route("POST", "cluster/workers/{worker}/drain", "integrator", drain, status=204),
]
