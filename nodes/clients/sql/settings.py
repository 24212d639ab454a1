"""Where a database is and as whom to ask it, read from a URL. Connects to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import parse_qsl, unquote, urlsplit

Scheme = Literal["postgresql", "mysql", "sqlite"]
_SCHEMES = {"postgres": "postgresql", "mariadb": "mysql"}
_PORTS = {"postgresql": 5432, "mysql": 3306}


@dataclass(frozen=True)
class SqlSettings:
    """One database; `path` is the database's name, or the file of SQLite."""

    scheme: Scheme
    host: str = ""
    port: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    path: str = ""
    options: dict[str, str] = field(default_factory=dict)
    pool: int = 4
    timeout_s: float = 10.0

    @classmethod
    def read(cls, url: str, password: str = "", pool: int = pool, timeout_s: float = timeout_s) -> SqlSettings:
        """The settings in a URL. Raises ValueError, without showing the URL's password."""
        parts = urlsplit(url)
        scheme = _SCHEMES.get(parts.scheme, parts.scheme)
        if scheme not in ("postgresql", "mysql", "sqlite"):
            raise ValueError("the address begins with postgresql://, mysql:// or sqlite:///")
        path = unquote(parts.path[1:])
        if not path:
            raise ValueError("the address ends with the name of the database, or the file: sqlite:///history.db")
        if scheme != "sqlite" and not parts.hostname:
            raise ValueError("the address names no host")
        return cls(
            scheme=cast(Scheme, scheme),
            host=parts.hostname or "",
            port=parts.port or _PORTS.get(scheme, 0),
            username=unquote(parts.username or ""),
            password=password or unquote(parts.password or ""),
            path=path,
            options=dict(parse_qsl(parts.query)),
            pool=pool,
            timeout_s=timeout_s,
        )
