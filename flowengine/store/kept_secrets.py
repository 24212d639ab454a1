"""Secrets that people hand to the engine in a browser: a file each, its owner's alone, encrypted where there is a key.

What is given to the engine from outside (credentials, a folder, variables) is in `flowengine.secrets`. Blocking.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from flowengine.clock import Clock, SystemClock
from flowengine.secrets import CREDENTIAL, KEY, MOST_BYTES, Unreadable
from flowengine.store.data_folder import of_secrets
from flowengine.store.files import replace

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
KEY_BYTES = 32
"""The least that the key has, which nobody can guess."""

MOST = 1_000
_NONCE_BYTES = 12


class Kept(msgspec.Struct, frozen=True):
    """One secret as it lies on the disk: `sealed` under a key, else in the clear."""

    by: str
    at_ns: int
    value: str = ""
    sealed: str = ""


class KeptSecrets:
    """Secrets by name, in `folder`. Without a `key` they are as safe as the files of the engine's user are."""

    def __init__(self, folder: Path, key: bytes | None = None, clock: Clock | None = None):
        self._folder = folder
        self._key = None if key is None else hashlib.sha256(b"flowengine secrets\n" + key).digest()
        self._clock = clock or SystemClock()

    @classmethod
    def of(cls, data_dir: Path, environment: Mapping[str, str]) -> KeptSecrets:
        """Those of a data folder, with the key that systemd hands over. Raises `Unreadable` for a key too short."""
        return cls(of_secrets(data_dir), _key_of(environment))

    @property
    def seals(self) -> bool:
        """Whether what is written is encrypted."""
        return self._key is not None

    def names(self) -> list[str]:
        """Those that are kept, in order."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if NAME.fullmatch(path.name))

    def about(self, name: str) -> Kept | None:
        """Who wrote it and when; None for one that is not kept. Raises `Unreadable`."""
        if not NAME.fullmatch(name):
            return None
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as fault:
            raise Unreadable(f"cannot be read from the data folder: {fault}") from None

    def get(self, name: str) -> str | None:
        """The secret, or None. Raises `Unreadable` where it is damaged or was sealed with another key."""
        kept = self.about(name)
        if kept is None:
            return None
        return self._open(name, kept.sealed) if kept.sealed else kept.value

    def put(self, name: str, value: str, by: str) -> None:
        """It is on disk when this returns. Raises `ValueError`, for people, and `OSError`."""
        if not NAME.fullmatch(name) or name.removeprefix(f"{CREDENTIAL}_") == KEY:
            raise ValueError("a name has letters, digits and . _ - and begins with a letter; at most 64")
        if not value.strip() or "\0" in value or len(value.encode()) > MOST_BYTES:
            raise ValueError(f"a secret is a text of at most {MOST_BYTES // 1024} KiB")
        there = self.names()
        if name not in there and len(there) >= MOST:
            raise ValueError(f"there are {MOST} secrets already")
        self._write(name, value, by, self._clock.time_ns())

    def remove(self, name: str) -> None:
        """It is gone. Raises `KeyError` for one that is not kept."""
        if self.about(name) is None:
            raise KeyError(name)
        (self._folder / name).unlink()

    def seal_all(self) -> None:
        """What lies there in the clear from before there was a key is encrypted. Raises `OSError`."""
        for name in self.names() if self.seals else ():
            with suppress(Unreadable):  # told where a flow asks for it
                if (kept := self.about(name)) is not None and not kept.sealed:
                    self._write(name, kept.value, kept.by, kept.at_ns)

    def _write(self, name: str, value: str, by: str, at_ns: int) -> None:
        kept = Kept(by, at_ns, sealed=self._seal(name, value)) if self.seals else Kept(by, at_ns, value)
        replace(self._folder / name, [msgspec.json.encode(kept)])

    def _seal(self, name: str, value: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # starting fast

        assert self._key is not None
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = ChaCha20Poly1305(self._key).encrypt(nonce, value.encode(), name.encode())
        return base64.b64encode(nonce + sealed).decode()

    def _open(self, name: str, sealed: str) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        if self._key is None:
            raise Unreadable(f"is encrypted, and systemd hands over no credential {KEY!r}")
        try:
            raw = base64.b64decode(sealed)
            nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return ChaCha20Poly1305(self._key).decrypt(nonce, rest, name.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise Unreadable("was encrypted with another key, or its file was changed; write it again") from None


def _key_of(environment: Mapping[str, str]) -> bytes | None:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    for name in (KEY, f"{CREDENTIAL}_{KEY}") if folder else ():
        path = os.path.join(str(folder), name)
        if os.path.isfile(path):
            key = Path(path).read_bytes().strip()
            if len(key) < KEY_BYTES:
                raise Unreadable(f"the credential {KEY!r} has fewer than {KEY_BYTES} bytes")
            return key
    return None
