"""A node that got another name takes its spool and files with it. Knows folders, not what is in them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from flowengine.catalog.every_node import QueueLimits
from flowengine.flow.model import NodeSpec
from flowengine.runtime.inbox import Inbox
from flowengine.runtime.station import Station

log = logging.getLogger("flowengine.runtime")


async def take_along(folder: Path, nodes: Mapping[str, NodeSpec], renamed: Iterable[Station]) -> None:
    """What lies on disk under a former name goes on under the new one; `renamed` ran until now and are stopped."""
    for station in renamed:
        spool, committing = station.inbox, station.committing
        if spool is None or spool.spool is None:
            continue
        # What comes until the exchange waits in RAM, unacknowledged; it goes behind what is on disk.
        station.inbox, station.committing = Inbox(QueueLimits(), station.drop, []), None
        station.received -= spool.messages  # they are counted again where the spool is opened again
        if committing is not None:
            await committing.close()
        await spool.close()
    await asyncio.to_thread(follow, folder, nodes)


def follow(folder: Path, nodes: Mapping[str, NodeSpec]) -> None:
    """Blocking: move the files of every node below `folder` that were left under its former name.

    Where there are files under the new name too, both stay as they are and that is told: nobody could join them.
    """
    for id, spec in nodes.items():
        source, target = folder / spec.was, folder / id
        if not spec.was or spec.was in nodes or not source.is_dir():
            continue
        if target.exists() and any(target.iterdir()):
            log.warning("%s was %s, and both have files in %s: those of %s stay there", id, spec.was, folder, spec.was)
            continue
        if target.exists():
            target.rmdir()
        source.rename(target)
        log.info("%s was %s and has its files now", id, spec.was)
