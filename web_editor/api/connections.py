"""`connections`: what a connection knows of itself and its devices, and "read now" for one of them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web_editor.monitor.connection_report import ConnectionReport, open_connection, report_of
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Route


class ReadNow(Body):
    """Which device."""

    device: Annotated[str, Meta(max_length=500)]


async def read(call: Call) -> ConnectionReport:
    """One connection: figures, devices, what they refuse, who uses it; frames for those who may see messages."""
    with_frames = call.caller is not None and call.caller.may("operator")
    try:
        return report_of(call.services.engine, call.part("flow"), call.part("connection"), with_frames)
    except KeyError as fault:
        raise Fault("not-found", str(fault.args[0])) from None


async def read_now(call: Call) -> None:
    """Poll one device at once, also while it is left alone because it did not answer."""
    try:
        connection = open_connection(call.services.engine, call.part("flow"), call.part("connection"))
    except KeyError as fault:
        raise Fault("not-found", str(fault.args[0])) from None
    if not connection.read_now(call.body.device):
        raise Fault("refused", f"nothing is polled of {call.body.device!r}")


ROUTES = [
    Route("GET", "connections/{flow}/{connection}", "viewer", read, ConnectionReport, owned=True),
    Route("POST", "connections/{flow}/{connection}/read", "operator", read_now, body=ReadNow, status=204, owned=True),
]
