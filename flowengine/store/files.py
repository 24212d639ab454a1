"""How files of the data folder are opened: nobody else on the machine reads them. Writes nothing itself."""

from __future__ import annotations

import os


def private(path: str, flags: int) -> int:
    """A descriptor, for `open(…, opener=private)`: a file that is made so belongs to its owner alone (mode 600)."""
    return os.open(path, flags, 0o600)
