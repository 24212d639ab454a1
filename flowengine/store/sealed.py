"""A file that is replaced whole and proves itself: a mark, a CRC-32C, the content; the generation before stays.

Never here: what the content means.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from fastcrc.crc32 import iscsi as crc32c

from flowengine.store.aside import put_aside
from flowengine.store.files import replace

log = logging.getLogger("flowengine.store")
MARK = b"flowseal1\n"
HEAD_BYTES = len(MARK) + 4
MOST_BYTES = 256 * 2**20
Content = TypeVar("Content")


def sealed(content: bytes) -> bytes:
    """The content with its proof before it."""
    return MARK + crc32c(content).to_bytes(4, "big") + content


def unsealed(data: bytes) -> bytes:
    """The content. Raises `msgspec.DecodeError` where it is not what was sealed."""
    content = data[HEAD_BYTES:]
    if not data.startswith(MARK) or crc32c(content).to_bytes(4, "big") != data[len(MARK) : HEAD_BYTES]:
        raise msgspec.DecodeError("its checksum is wrong")
    return content


def before(path: Path) -> Path:
    """Where the generation before lies."""
    return path.with_name(f"{path.name}.before")


def write(path: Path, content: bytes, keeps: bool = True) -> None:
    """Replace the file; where it `keeps` the generation before, that has a name of its own from now on. Blocking.

    A crash leaves the old one or the new one, never a part. Raises `OSError`; what stood there then stands.
    """
    replace(path, [sealed(content)], keep=before(path) if keeps else None)


def read(path: Path, decode: Callable[[bytes], Content]) -> Content | None:
    """What `decode` makes of the newest whole generation, None without any. Blocking.

    A damaged one is set aside and told. `decode` raises `msgspec.DecodeError` for what it cannot use.
    """
    for generation in (path, before(path)):
        try:
            if generation.stat().st_size > MOST_BYTES:
                raise msgspec.DecodeError(f"larger than {MOST_BYTES} bytes")
            found = decode(unsealed(generation.read_bytes()))
        except FileNotFoundError:
            if generation == path and before(path).exists():
                log.error("%s is missing; the generation before it is taken", path)
            continue
        except (OSError, msgspec.DecodeError) as fault:  # a card may give no more of a file, too
            put_aside(generation, fault, "the one before it is taken" if generation == path else "nothing is left")
            continue
        return found
    return None


def forget(path: Path) -> None:
    """All generations go."""
    for generation in (path, before(path)):
        with suppress(FileNotFoundError):
            generation.unlink()
