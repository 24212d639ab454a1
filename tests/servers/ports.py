"""Free loopback ports that stay free while a server is down. Starts nothing."""

import itertools
import os
import random
import socket

import pytest

# Below Linux's range for outgoing connections (32768 and up), so that no client takes a stopped server's port.
_LOWEST, _HIGHEST = 12_000, 32_000
_candidates = itertools.cycle(random.Random(os.getpid()).sample(range(_LOWEST, _HIGHEST), 5_000))


def next_free_port() -> int:
    """A TCP and UDP port on 127.0.0.1 that nobody listens on and that this process has not given away lately."""
    for port in _candidates:
        if _is_free(port, socket.SOCK_STREAM) and _is_free(port, socket.SOCK_DGRAM):
            return port
    raise AssertionError("unreachable: the candidates never end")


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def free_port() -> int:
    """A free loopback port."""
    return next_free_port()
