"""How the editor is served. Nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DIST = Path(__file__).parent / "dist"


@dataclass(frozen=True)
class Options:
    """`host_names` are names besides localhost and this machine's own; `behind_proxy`: TLS ends before us."""

    host_names: tuple[str, ...] = ()
    behind_proxy: bool = False
    dist: Path = DIST
