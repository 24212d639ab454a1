"""The durable queue on disk: what `append` confirmed is there after kill -9 and power cuts, until it is acknowledged.

From outside in: `interface` (the promise), `log` (the door), `account`, `reading` (state in the event loop),
`mailbox`, `writer` (the one thread that writes), `recovery`, `loading` (start and reading), `segment`, `frame`,
`cursor` (formats).
"""

from flowengine.store.spool.interface import Batch, Spool, SpoolError, SpoolInUse, Stats, UnknownFormat
from flowengine.store.spool.log import SegmentSpool, open_spool
from flowengine.store.spool.options import SpoolOptions

__all__ = [
    "Batch",
    "SegmentSpool",
    "Spool",
    "SpoolError",
    "SpoolInUse",
    "SpoolOptions",
    "Stats",
    "UnknownFormat",
    "open_spool",
]
