"""Passwords as argon2id hashes, tokens as SHA-256. What a password must be is here; who has one is not.

Hashing takes about 0.1 s and 64 MiB on purpose: call it in a thread.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST, MOST = 10, 200
TOKEN_BYTES = 32


def check_password(password: str) -> None:
    """Raises ValueError, for people, when it is too short or too long."""
    if not LEAST <= len(password) <= MOST:
        raise ValueError(f"a password has {LEAST} to {MOST} characters")


def hash_password(password: str) -> str:
    """The hash to keep. Raises ValueError for a password that is too short or too long."""
    check_password(password)
    return _hasher().hash(password)


def is_password(stored: str | None, given: str) -> bool:
    """Whether `given` is the password; without a stored one it takes as long and is false."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(stored or _nobodys(), given[: MOST + 1])
        return stored is not None
    except (InvalidHashError, VerificationError):
        return False


def new_token() -> str:
    """A secret for a machine or a session: 256 random bits as text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is kept of a token; it has too many bits to be guessed, so a fast hash will do."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # starting fast: most runs never hash

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())
