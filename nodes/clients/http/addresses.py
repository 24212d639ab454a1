"""Which addresses an HTTP node may reach: public ones, and private ones that are listed. No I/O."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class AddressRefused(OSError):
    """An address that is neither public nor listed. The text names no address, so that equal ones are one fault."""

    def __init__(self) -> None:
        super().__init__("the address is not a public one and not listed under `allow` of the connection")


class Allowed:
    """Public addresses and the listed networks, such as `192.168.1.0/24` or `127.0.0.1`. Raises ValueError."""

    def __init__(self, listed: Iterable[str] = ()):
        self._listed: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in listed)

    def check(self, text: str) -> None:
        """Raises `AddressRefused` for an address that may not be reached."""
        outer = ipaddress.ip_address(text.split("%", 1)[0])
        for address in _unwrapped(outer):
            if not self._permits(address):
                raise AddressRefused

    def _permits(self, address: Address) -> bool:
        if any(address in network for network in self._listed):
            return True
        return address.is_global and not address.is_multicast


def _unwrapped(address: Address) -> list[Address]:
    """What is really reached: an IPv4 address inside an IPv6 one counts, alone or besides."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inside: list[Address] = [address]
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None:
        inside.append(address.sixtofour)
    if address.teredo is not None:
        inside.extend(address.teredo)
    return inside
