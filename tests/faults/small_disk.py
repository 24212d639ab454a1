"""`flowengine` with its spools on a disk of SMALL_DISK_BYTES, for machines that lend a plain user no file system.

python -m tests.faults.small_disk run …
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flowengine import cli
from flowengine.runtime import spooled
from flowengine.store.spool import SegmentSpool, SpoolOptions, open_spool
from tests.flowengine.store.spool.simulated_disk import SimulatedDisk


def main() -> int:
    """Run the command with its spools on that disk."""
    disk = SimulatedDisk(int(os.environ["SMALL_DISK_BYTES"]))

    async def on_it(folder: Path, options: SpoolOptions) -> SegmentSpool:
        return await open_spool(folder, options, disk=disk)

    spooled.open_spool = on_it  # type: ignore[assignment]
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
