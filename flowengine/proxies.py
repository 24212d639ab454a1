"""Whose word is taken for where a request came from: proxies that the machine's owner named. Opens no connection."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

FORWARDED_FOR = "X-Forwarded-For"


class Proxies:
    """Addresses and networks of trusted proxies; without any, every request comes from whom it was sent by."""

    def __init__(self, trusted: Iterable[str] = ()):
        """Take addresses and networks, such as 192.0.2.7 or 10.0.0.0/8. Raises `ValueError` for what is neither."""
        self._networks = [ip_network(text) for text in trusted]

    def trusts(self, address: str | None) -> bool:
        """Whether this address is a trusted proxy's."""
        found = _address(address or "")
        return found is not None and any(found in network for network in self._networks)

    def client(self, peer: str | None, forwarded: Iterable[str]) -> str | None:
        """Who asked: the peer, or behind trusted proxies the nearest that is none; `forwarded` are the headers' values.

        Each proxy appends whom it was asked by, so that only what stands behind the last stranger is true.
        """
        said = [each.strip() for line in forwarded for each in line.split(",")]
        nearest = peer
        while said and self.trusts(nearest):
            before = _address(said.pop())
            if before is None:
                break
            nearest = str(before)
        return nearest


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
