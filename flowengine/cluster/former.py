"""The worker that ran from this data folder before: whoever has the folder's lease knows that it ended. Blocking."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from flowengine.store import data_folder
from flowengine.store.keys import FileKeys

log = logging.getLogger("flowengine.cluster")
WORKER = "worker"


def replace_former(data_dir: Path, instance: str) -> str:
    """The instance that ran here before, empty for none that is known; from now on it is `instance`."""
    keys = FileKeys(data_folder.of_leases(data_dir))
    try:
        before = keys.get(WORKER)
        keys.put(WORKER, instance.encode())
    except (OSError, msgspec.DecodeError) as fault:
        log.warning("others learn from its silence that the worker ended which ran here before: %s", fault)
        return ""
    return before.value.decode() if before is not None else ""
