"""The layout files beside flows: where people have put nodes. Blocking."""

from __future__ import annotations

from pathlib import Path

from flowengine.store.files import replace_shared

MOST_BYTES = 2**20


def layout_path(path: Path) -> Path:
    """Where the positions of a flow file stand."""
    return path.with_name(f"{path.stem}.layout.yaml")


def read_layout(path: Path) -> str:
    """The text of the layout beside a flow file, empty without one."""
    file = layout_path(path)
    try:
        return file.read_text(encoding="utf-8") if file.stat().st_size <= MOST_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return ""


def write_layout(path: Path, text: str) -> None:
    """Replace the layout beside a flow file."""
    replace_shared(layout_path(path), text.encode())
