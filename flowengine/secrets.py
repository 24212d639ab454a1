"""Where `${secret:NAME}` looks: systemd credentials, a directory of files, the environment, what people typed in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

MOST_BYTES = 64 * 1024
CREDENTIAL = "secret"
"""Before the name, and an underscore: so systemd names the files of a folder that is one credential."""

KEY = "flowengine_key"
"""The credential that secrets which people typed in are encrypted with. No flow can name it."""

SHORT, SHORTEST = 8, 4
"""Characters below which a secret is warned of, and below which nothing is starred."""

_ORDINARY = re.compile(r"[^\W\d_]+|[\d.,:-]+")


def can_be_starred(secret: str) -> bool:
    """Whether stars in its place hide it: in place of a short word or number they would tell which one it is."""
    return len(secret) >= SHORT or (len(secret) >= SHORTEST and not is_ordinary(secret))


def is_ordinary(text: str) -> bool:
    """Whether it is a word, or a number or time: such stand in any text."""
    return _ORDINARY.fullmatch(text) is not None


class Unreadable(ValueError):
    """A secret is there and cannot be had; the text says why, after its name."""


class Lookup(Protocol):
    """Something that has secrets."""

    def get(self, name: str) -> str | None:
        """The secret, or None."""


class SecretStore:
    """Secrets by name: a credential of systemd, `DIRECTORY/NAME`, `FLOWENGINE_SECRET_NAME`, one of those `kept`,
    whichever comes first: what the machine's owner says, no browser changes.

    A file in `directory` that others may read is refused: it is not secret. Where names are `allowed`, there are no
    others.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        directory: Path | None = None,
        allowed: Sequence[str] | None = None,
        kept: Lookup | None = None,
    ):
        self._environment = environment
        self._allowed = allowed
        given = environment.get("CREDENTIALS_DIRECTORY")
        self._credentials = Path(given) if given else None
        self._directory = directory
        self._kept = kept

    def get(self, name: str) -> str | None:
        """The secret without its final newline, or None. Raises `PermissionError` for a file open to others."""
        if "/" in name or name in ("", ".", "..") or name.removeprefix(f"{CREDENTIAL}_") == KEY:
            return None
        if self._allowed is not None and not any(fnmatchcase(name, pattern) for pattern in self._allowed):
            return None
        credential = f"{CREDENTIAL}_{name}"
        for directory, file, strict in (
            (self._credentials, name, False), (self._credentials, credential, False), (self._directory, name, True)
        ):  # fmt: skip
            if directory is not None and (directory / file).is_file():
                return _read(directory / file, strict)
        variable = self._environment.get(f"FLOWENGINE_SECRET_{name.upper().replace('-', '_').replace('.', '_')}")
        return variable if variable is not None or self._kept is None else self._kept.get(name)


def _read(file: Path, strict: bool) -> str:
    status = file.stat()
    if strict and status.st_mode & 0o077:
        raise PermissionError(f"{file} may be read by others; run: chmod 600 {file}")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"{file} is larger than {MOST_BYTES} bytes")
    return file.read_text(encoding="utf-8").rstrip("\r\n")


def read_env_file(text: str) -> dict[str, str]:
    """Variables of a `NAME=value` file; `#` starts a comment line, quotes around a value are taken off."""
    found = {}
    for line in text.splitlines():
        stripped = line.strip().removeprefix("export ")
        if not stripped or stripped.startswith("#") or "=" not in stripped:
            continue
        name, value = stripped.split("=", 1)
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name.strip()] = value
    return found


def environment(env_file: Path | None = None) -> dict[str, str]:
    """The process's variables, those of `env_file` below them."""
    below = read_env_file(env_file.read_text(encoding="utf-8")) if env_file is not None else {}
    return {**below, **os.environ}
