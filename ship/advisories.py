"""Known vulnerabilities of what the locks pin, as PyPI tells them (`/pypi/NAME/VERSION/json`).

    python -m ship.advisories requirements.lock …

Ends with 1 where one is known that no later word withdrew; with 0, and says so, where nobody can be asked.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

SOURCE = "https://pypi.org"
ANSWER_S = 10
AT_A_TIME = 8
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([^\s;\\]+)", re.MULTILINE)


class Unreachable(Exception):
    """Nobody answers there, or not with what was asked."""


class Advisory(NamedTuple):
    """One vulnerability of one pinned package."""

    package: str
    version: str
    id: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no release without it"
        return f"{self.package} {self.version}: {self.id}, {fixed}"


def pinned(locks: Iterable[str]) -> list[tuple[str, str]]:
    """Name and version of all that the texts of these locks pin, each once."""
    return sorted({(name.lower(), version) for text in locks for name, version in _PINNED.findall(text)})


def advisories(package: str, version: str, source: str) -> list[Advisory] | None:
    """What is known against it; None where the source does not know the package. Raises `Unreachable`."""
    try:
        with urlopen(f"{source}/pypi/{package}/{version}/json", timeout=ANSWER_S) as answer:  # noqa: S310 - https
            about: Any = json.load(answer)
        known = about["vulnerabilities"]
    except HTTPError as fault:
        if fault.code == HTTPStatus.NOT_FOUND:
            return None
        raise Unreachable(f"{source} answers {fault.code}") from fault
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Unreachable(f"{source}: {fault}") from fault
    return [
        Advisory(package, version, each["id"], tuple(each.get("fixed_in") or ()))
        for each in known
        if not each.get("withdrawn")
    ]


def main(locks: list[str]) -> int:
    """The exit status; what is known is printed."""
    packages = pinned(Path(lock).read_text() for lock in locks)
    source = os.environ.get("FLOWENGINE_ADVISORIES", SOURCE)
    try:
        if packages:
            advisories(*packages[0], source)  # where nobody answers, one wait is enough
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            answers = list(pool.map(lambda one: advisories(one[0], one[1], source), packages))
    except Unreachable as fault:
        print(f"NOT CHECKED, no advisories can be had: {fault}")
        return 0
    known = [each for found in answers for each in found or ()]
    unknown = answers.count(None)
    if unknown:
        print(f"NOT CHECKED: {source} knows {unknown} of {len(packages)} packages not")
    for each in known:
        print(each)
    if not known and unknown < len(packages):
        print(f"nothing is known against the other {len(packages) - unknown} packages")
    return 1 if known else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
