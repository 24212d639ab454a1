"""The engines and flows that the editor is measured with. Measures nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.plant import Plant


def many(nodes: int, chain: int = 10, every: str = "20ms") -> str:
    """A flow of chains that each begin with a source; chance decides what the second node lets pass.

    So most rates differ at each of the editor's ten ticks a second: of 1,000 nodes and their wires over 10,000 rows.
    """
    lines = ["flow: many", "nodes:"]
    for start in range(0, nodes, chain):
        lines.append(f"  n{start}: {{type: simulate, signals: {{v: {{noise: 1}}}}, devices: [d{start}], "
                     f"seed: {start}, every: {every}, to: n{start + 1}}}")  # fmt: skip
        for index in range(start + 1, start + chain - 1):
            where = "payload.value > 0" if index == start + 1 else "payload.value != null"
            lines.append(f"  n{index}: {{type: filter, where: {where}, to: n{index + 1}}}")
        lines.append(f"  n{start + chain - 1}: {{type: log, level: debug}}")
    return "\n".join(lines) + "\n"


def published(port: int) -> str:
    """A flow that keeps what is published, beside 2,000 messages a second."""
    return f"""flow: published
connections:
  broker: {{type: mqtt, embedded: true, url: "mqtt://127.0.0.1:{port}"}}
nodes:
  field: {{type: mqtt_in, connection: broker, topic: t/+, format: json, to: latest}}
  latest: {{type: rtdb_write, key: bench/sent}}
  load: {{type: simulate, signals: {{v: {{offset: 5}}}}, devices: 200, every: 100ms, to: kept}}
  kept: {{type: rtdb_write, key: "load/{{device}}"}}
"""


@contextmanager
def plant(flow: str, text: str) -> Iterator[Plant]:
    """A running engine with this flow."""
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as folder:
        made = Plant(Path(folder))
        made.flows.mkdir()
        made.file(flow).write_text(text)
        made.add_users()
        made.start()
        try:
            yield made
        finally:
            made.stop()


def rows_in(frame: str | bytes) -> int:
    """How many status rows one frame brings."""
    deltas = [message.get("data") for message in json.loads(frame) if message["op"] == "delta"]
    return sum(len(data.get("n", ())) + len(data.get("w", ())) for data in deltas if isinstance(data, dict))
