"""nodes/clients/unreachable.py: each way of not being reached, in words."""

import errno
import socket

import pytest

from nodes.clients.unreachable import unreachable


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "nothing listens at db:1"),
        (OSError("Multiple exceptions: a, b"), "nothing listens at db:1"),
        (socket.gaierror(-2, "x"), "no address is known for db"),
        (TimeoutError(), "db:1 does not answer"),
        (ConnectionResetError(), "db:1 cut the connection"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "db:1 cannot be reached: No route to host"),
    ],
)
def test_a_reason_names_the_place(fault: OSError, words: str) -> None:
    assert unreachable(fault, "db", 1) == words
