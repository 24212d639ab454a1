"""Whether the built editor is that of its sources, by what `dist/.stamp` says. Builds nothing, imports nothing of ours:
the build hook runs this file by its path. `python -m web_editor.stamp` writes the stamp after a build by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCES = (
    ".npmrc",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
    "index.html",
    "src/**/*",
    "public/**/*",
)


def digest(ui: Path) -> str:
    """SHA-256 over the names and contents of everything the bundle is made from."""
    whole = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in ui.glob(pattern) if path.is_file()}):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(ui).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()


def is_stale(dist: Path) -> bool:
    """Whether `dist` was built of other sources than those beside it; never in an installed package, which has none."""
    ui, stamp = dist.parent / "ui", dist / ".stamp"
    return ui.is_dir() and stamp.is_file() and stamp.read_text() != digest(ui)


def write(dist: Path) -> None:
    """Note that `dist` was just built of the sources beside it."""
    (dist / ".stamp").write_text(digest(dist.parent / "ui"))


if __name__ == "__main__":
    write(Path(__file__).parent / "dist")
