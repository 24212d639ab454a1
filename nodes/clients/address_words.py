"""What people write piece by piece where a connection has one address. Words only."""

_PARTS_OF_A_URL = ("host", "hostname", "server", "broker", "address", "ip", "port", "uri", "protocol", "scheme")


def in_url(example: str, *more: str) -> dict[str, str]:
    """`Config.also_called` of settings whose `url` holds what others ask for piece by piece; `more` are such pieces."""
    return dict.fromkeys((*_PARTS_OF_A_URL, *more), f"url: {example}")
