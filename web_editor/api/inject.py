"""`inject`: a person's message into a running node, as if it had come by a wire. Throttled and audited."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine.engine import Engine
from flowengine.runtime.inject import Full
from web_editor.payloads import message_of
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Route


class Inject(Body):
    """The message."""

    payload: Any
    encoding: Literal["json", "text", "base64"] = "json"
    topic: Annotated[str, Meta(max_length=65535)] = ""
    meta: dict[str, Any] = msgspec.field(default_factory=dict)
    port: Annotated[str, Meta(max_length=64)] = ""


class Injected(msgspec.Struct):
    """The id that the message got."""

    id: str


async def post(call: Call) -> Injected:
    """Give a message to a node."""
    flow, node, body = call.part("flow"), call.part("node"), call.body
    call.services.inject_throttle.take([call.user], time.monotonic())
    message = message_of(body.payload, body.encoding, body.topic, body.meta)
    await call.editing.workspace.find(flow)
    engine = call.services.engine
    with putting(engine, flow):
        given = Injected(str(engine.inject(flow, node, message, body.port)))
    await call.services.record(call.user, "inject", f"{flow}/{node}", body.port)
    return given


@contextmanager
def putting(engine: Engine, flow: str) -> Iterator[None]:
    """Tells as `Fault` why a message cannot be given to a node of the flow."""
    if flow not in engine.flows:
        raise Fault("not-running", f"the flow {flow!r} does not run")
    try:
        yield
    except KeyError as unknown:
        raise Fault("not-found", f"there is no {unknown.args[0]!r} in what runs") from None
    except Full:
        raise Fault("throttled", "the queue before this node is full", retry_after_s=1.0) from None


ROUTES = [
    Route("POST", "flows/{flow}/nodes/{node}/inject", "integrator", post, Injected, Inject, status=202, owned=True),
]
