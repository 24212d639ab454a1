"""Where a request came from is what trusted proxies say, and nobody else."""

import pytest

from flowengine.proxies import Proxies

PROXIES = Proxies(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),  # a stranger says what it likes
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),  # the first was said by the client itself
        ("10.0.0.1", ["203.0.113.9, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("::1", ["[2001:db8::5]"], "2001:db8::5"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        (None, ["198.51.100.1"], None),
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(peer: str | None, said: list[str], client: str) -> None:
    assert PROXIES.client(peer, said) == client


def test_nobody_is_trusted_until_named() -> None:
    assert Proxies().client("127.0.0.1", ["198.51.100.1"]) == "127.0.0.1"
    with pytest.raises(ValueError, match="nonsense"):
        Proxies(["nonsense"])
