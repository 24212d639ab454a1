"""Datagrams that pysnmp cannot read: it raises whatever its decoder does, into the loop. Reads none itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def guard_transport(transport: Any, rubbish: Callable[[], None]) -> Any:
    """The transport of pysnmp, telling `rubbish` of each datagram that is none; to be given to it before it listens."""
    register = transport.register_callback

    def registering(heard: Callable[..., None]) -> None:
        def hearing(*about: Any) -> None:
            try:
                heard(*about)
            except Exception:  # TypeError, struct.error and others: anybody can send such a datagram
                rubbish()

        register(hearing)

    transport.register_callback = registering
    return transport
