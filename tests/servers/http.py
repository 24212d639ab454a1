"""Plain HTTP for reading back what a time-series server holds; blocking, for tests only."""

import urllib.error
import urllib.parse
import urllib.request


def fetch(url: str, query: dict[str, str] | None = None, *, data: bytes | None = None, timeout_s: float = 60) -> bytes:
    """The body of the answer; fails with the server's own words when the status is not 2xx. With data it is a POST."""
    full = f"{url}?{urllib.parse.urlencode(query)}" if query else url
    try:
        with urllib.request.urlopen(urllib.request.Request(full, data=data), timeout=timeout_s) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            raise AssertionError(f"{full} answered {refused.code}: {refused.read().decode(errors='replace')}") from None


def answers(url: str) -> bool:
    """Whether the address answers with 2xx at this moment."""
    try:
        fetch(url, timeout_s=1)
    except (OSError, AssertionError):
        return False
    return True
