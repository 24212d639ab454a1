"""Fixtures every test may ask for; real servers live in `tests/servers`, one file each. No test logic here."""

import os
import sys

import hypothesis
import pytest

pytest_plugins = [
    "tests.servers.ports",  # first: the others import it
    "tests.servers.chromium",
    "tests.servers.influxdb1",
    "tests.servers.kafka",
    "tests.servers.mariadb",
    "tests.servers.modbus",
    "tests.servers.mosquitto",
    "tests.servers.nats",
    "tests.servers.opcua",
    "tests.servers.postgres",
    "tests.servers.pty_pair",
    "tests.servers.rabbitmq",
    "tests.servers.redis",
    "tests.servers.s3",
    "tests.servers.s7",
    "tests.servers.snmpd",
    "tests.servers.victoria_metrics",
]

# Processes that tests start find compiled what the first of them compiled: to do it again is a quarter of their start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Real servers keep the machine busy: a deadline per example would fail by chance. The per-test time-out still holds.
hypothesis.settings.register_profile(
    "flowengine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("flowengine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask for a longer time-out begin, dealt out over the workers: one left for the end makes them idle.

    Each worker begins with an equal part of the list, in its order (`--dist worksteal`).
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    long = sorted((item for item in items if _timeout_s(item)), key=_timeout_s, reverse=True)
    short = [item for item in items if not _timeout_s(item)]
    hands = [long[place::workers] for place in range(workers)]
    share = len(items) // workers
    for hand in hands[:-1]:
        room = max(0, share - len(hand))
        hand += short[:room]
        del short[:room]
    items[:] = [item for hand in hands for item in hand] + short


def _timeout_s(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None and marker.args else 0.0
