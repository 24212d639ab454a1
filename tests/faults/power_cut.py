"""`flowengine` on a disk that SIGUSR1 cuts off: writes that were not synced are lost or torn, and the process is gone.

python -m tests.faults.power_cut run …      with the disk's content in the file that POWER_CUT_DISK names
"""

from __future__ import annotations

import os
import pickle
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowengine import cli
from flowengine.runtime import spooled
from flowengine.store.spool import SegmentSpool, SpoolOptions, open_spool
from tests.flowengine.store.spool.simulated_disk import Inode, SimulatedDisk

SEGMENT_BYTES = 128 * 1024
"""So small that cuts meet new segments, too."""


def main() -> int:
    """Run the command with its spools on that disk."""
    kept = Path(os.environ["POWER_CUT_DISK"])
    cuts, files = pickle.loads(kept.read_bytes()) if kept.exists() else (0, {})
    disk = SimulatedDisk()
    disk.files = {path: Inode(bytearray(data), bytearray(data)) for path, data in files.items()}
    disk.durable_names = dict(disk.files)

    def cut(*_: Any) -> None:
        found = disk.power_cut(random.Random(cuts))
        kept.write_bytes(pickle.dumps((cuts + 1, {path: bytes(inode.live) for path, inode in found.files.items()})))
        os._exit(137)

    async def on_it(folder: Path, options: SpoolOptions) -> SegmentSpool:
        return await open_spool(folder, replace(options, segment_bytes=SEGMENT_BYTES), disk=disk)

    spooled.open_spool = on_it  # type: ignore[assignment]
    signal.signal(signal.SIGUSR1, cut)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
