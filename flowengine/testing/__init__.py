"""Tests nodes and flows without sleeping: a clock that is set by hand, a context for one node, a virtual loop."""

from flowengine.testing.clock import ManualClock
from flowengine.testing.example import differences, fits, run_example, run_node
from flowengine.testing.loop import VirtualLoop, run_virtual
from flowengine.testing.node import Recorded, TestContext, make, messages, payloads

__all__ = [
    "ManualClock",
    "Recorded",
    "TestContext",
    "VirtualLoop",
    "differences",
    "fits",
    "make",
    "messages",
    "payloads",
    "run_example",
    "run_node",
    "run_virtual",
]
