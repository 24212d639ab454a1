"""The licence of everything that is shipped, in words of SPDX, and which are let in. Reads only what is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, distribution
from pathlib import Path
from typing import NamedTuple

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Unlicense",
    "Zlib",
}  # fmt: skip
"""Nothing of the GPL family, and no source-available licence such as the Business Source License."""
BY_WORDS = {
    "Apache": "Apache-2.0", "BSD": "BSD-3-Clause", "MIT": "MIT", "Mozilla Public License 2.0": "MPL-2.0",
    "MPL-2.0": "MPL-2.0", "Python Software Foundation": "PSF-2.0", "PSF": "PSF-2.0",
}  # fmt: skip
"""What packages wrote before licences had names, by words in it. No word of the GPL is here."""
NOTHING_BETTER = "unknown"
PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.M)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Component(NamedTuple):
    """One package of somebody else's that an artefact holds."""

    kind: str
    """`pypi` or `npm`."""
    name: str
    version: str
    licence: str
    sha256: tuple[str, ...] = ()


def python_components(lock: Path) -> Iterator[Component]:
    """Every package of a lock file that is installed here, with its licence and the hashes that the lock allows."""
    text = lock.read_text()
    pins = list(PIN.finditer(text))
    for pin, end in zip(pins, [*(pin.start() for pin in pins[1:]), len(text)], strict=True):
        metadata = distribution(pin[1]).metadata
        yield Component("pypi", pin[1], pin[2], licence_of(metadata), tuple(HASH.findall(text[pin.start() : end])))


def npm_components(lock: Path) -> Iterator[Component]:
    """Every package that the web editor's bundle may hold."""
    for path, package in json.loads(lock.read_text())["packages"].items():
        if path and not package.get("dev"):
            name = path.rpartition("node_modules/")[2]
            yield Component("npm", name, package["version"], package.get("license", NOTHING_BETTER))


def licence_of(metadata: PackageMetadata) -> str:
    """An SPDX expression; `unknown` where nothing in the metadata says one."""

    def said(field: str) -> list[str]:
        return [str(line) for line in metadata.get_all(field) or ()]

    if expressions := said("License-Expression"):
        return expressions[0]
    classifiers = [line.rpartition(" :: ")[2] for line in said("Classifier") if "License ::" in line]
    for text in (*classifiers, *(line[:60] for line in said("License"))):
        if text in ALLOWED:
            return text
        if "GPL" in text or "GNU" in text:
            return text
        for words, name in BY_WORDS.items():
            if words in text:
                return name
    return NOTHING_BETTER


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression lets us ship it: each part of an AND, one part of an OR."""
    bare = expression.replace("(", " ").replace(")", " ")
    return all(any(part.strip() in ALLOWED for part in every.split(" OR ")) for every in bare.split(" AND "))
