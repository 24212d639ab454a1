"""Tests nodes and flows without sleeping: a clock that is set by hand, a context for one node, a virtual loop."""

from flowengine.testing.clock import ManualClock
from flowengine.testing.loop import VirtualLoop, run_virtual
from flowengine.testing.node import Recorded, TestContext, make, messages, payloads

__all__ = ["ManualClock", "Recorded", "TestContext", "VirtualLoop", "make", "messages", "payloads", "run_virtual"]
