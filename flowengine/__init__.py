"""flowengine: flows in YAML, run on asyncio. What a node author needs is importable from here."""

from flowengine.config import Config, ConnectionName, Duration, HostFile, SecretText, ServedPath, Size, connection
from flowengine.errors import BadFlow, FlowError, NodeError, Rejected, Unavailable
from flowengine.message import Message, Messages, beside
from flowengine.node import (
    ALL,
    DONE,
    HOLD,
    Connection,
    Context,
    Emit,
    Example,
    Outlet,
    Ports,
    Router,
    Sink,
    Source,
    Stateful,
    Transform,
)
from flowengine.parts import made_id, parts_of

__version__ = "0.1.0"
DISTRIBUTION = "flowengine-iot"
"""What `pip install` calls us; `flowengine` there is another project. `flowengine_iot` looks for this line."""
__all__ = [
    "ALL",
    "DISTRIBUTION",
    "DONE",
    "HOLD",
    "BadFlow",
    "Config",
    "Connection",
    "ConnectionName",
    "Context",
    "Duration",
    "Emit",
    "Example",
    "FlowError",
    "HostFile",
    "Message",
    "Messages",
    "NodeError",
    "Outlet",
    "Ports",
    "Rejected",
    "Router",
    "SecretText",
    "ServedPath",
    "Sink",
    "Size",
    "Source",
    "Stateful",
    "Transform",
    "Unavailable",
    "beside",
    "connection",
    "made_id",
    "parts_of",
]
