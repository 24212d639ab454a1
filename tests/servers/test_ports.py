"""Ports that are given away are free, and differ."""

import socket

from tests.servers.ports import next_free_port


def test_free_ports_differ_and_can_be_bound(free_port: int) -> None:
    ports = [free_port, *(next_free_port() for _ in range(20))]
    assert len(set(ports)) == 21
    for port in ports:
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_a_taken_port_is_not_given_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        from tests.servers.ports import _is_free

        assert not _is_free(taken.getsockname()[1], socket.SOCK_STREAM)
