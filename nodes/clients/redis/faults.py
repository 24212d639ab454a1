"""What goes wrong with a Redis server. Knows no library, so that nodes can be described without it."""


class RedisAway(Exception):
    """The server cannot be reached, or takes nothing now."""


class RedisRefused(Exception):
    """The server's word on one command, which it will not take later either."""
