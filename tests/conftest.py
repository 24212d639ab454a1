"""Fixtures every test may ask for; real servers live in `tests/servers`, one file each. No test logic here."""

import hypothesis

pytest_plugins = [
    "tests.servers.ports",  # first: the others import it
    "tests.servers.chromium",
    "tests.servers.influxdb1",
    "tests.servers.mariadb",
    "tests.servers.mosquitto",
    "tests.servers.postgres",
    "tests.servers.pty_pair",
    "tests.servers.victoria_metrics",
]

# Real servers keep the machine busy: a deadline per example would fail by chance. The per-test time-out still holds.
hypothesis.settings.register_profile(
    "flowengine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("flowengine")
