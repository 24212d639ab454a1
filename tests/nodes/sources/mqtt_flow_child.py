"""A flow from MQTT to a file, run as a process of its own so that a test can kill it at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from flowengine import Config, Connection, Messages, Sink
from flowengine.catalog import Catalog, installed
from flowengine.engine import Engine, Settings

FLOW = """
flow: f
connections: {{broker: {{type: mqtt, url: "{url}", client_id: "{client}"}}}}
nodes:
  field: {{type: mqtt_in, connection: broker, topic: "{topic}", to: file}}
  file: {{type: append, path: "{path}"}}
"""


class AppendConfig(Config):
    """Where to write."""

    path: Path


class Append(Sink):
    """A line for each message, on the disk before `write` returns."""

    config: AppendConfig

    async def write(self, messages: Messages) -> None:
        data = "".join(f"{message.payload}\n" for message in messages).encode()
        descriptor = os.open(self.config.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _WithAppend(Catalog):
    def __init__(self) -> None:
        self._real = installed()

    def node_types(self) -> list[str]:
        return ["append", *self._real.node_types()]

    def connection_types(self) -> list[str]:
        return self._real.connection_types()

    def node(self, name: str) -> Any:
        return Append if name == "append" else self._real.node(name)

    def connection(self, name: str) -> type[Connection]:
        return self._real.connection(name)


async def main(url: str, topic: str, path: str) -> None:
    """Run until killed."""
    engine = Engine(Settings(Path(path).parent / "data"), _WithAppend())
    loaded = engine.load(FLOW.format(url=url, client=topic.split("/")[0], topic=topic, path=path), "f.yaml")
    assert loaded.ok, loaded.problems
    await engine.deploy(loaded)
    print("running", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
