"""What was made of the node classes, kept on disk until the code changes: importing them all takes most of a second.

Knows neither classes nor what is made of them.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pydantic

from flowengine import __version__
from flowengine.catalog import Catalog
from flowengine.store.data_folder import NODE_TYPES
from flowengine.store.files import replace


def cached_description(data_dir: Path, catalog: Catalog, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, or gave an engine of the same code before. Blocking; a disk that refuses costs only time."""
    file = data_dir / NODE_TYPES
    tag = _tag(_sources(catalog.packages()))
    with suppress(OSError):
        known, _, content = file.read_bytes().partition(b"\n")
        if known == tag:
            return content
    content = make()
    with suppress(OSError):
        replace(file, [tag + b"\n" + content])
    return content


def _tag(sources: Iterable[Path]) -> bytes:
    """A digest of what the description rests on: versions, and name, size and time of every source file."""
    whole = hashlib.sha256(f"{__version__} {platform.python_version()} {pydantic.VERSION}".encode())
    for file in sorted(sources):
        about = file.stat()
        whole.update(f"{file} {about.st_size} {about.st_mtime_ns}\n".encode())
    return whole.hexdigest().encode()


def _sources(packages: Iterable[str]) -> Iterator[Path]:
    yield from Path(__file__).parent.glob("*.py")
    for package in sorted({"flowengine", *packages}):
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            yield from Path(folder).rglob("*.py")
