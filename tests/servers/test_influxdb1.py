"""The InfluxDB 1.x fixture is a real server: what is written comes back to the nanosecond."""

import pytest

from tests.servers.http import fetch
from tests.servers.influxdb1 import InfluxDB1

pytestmark = pytest.mark.integration

TIME_NS = 1_700_000_000_123_456_789


def test_influxdb1_gives_back_what_was_written(influxdb1: InfluxDB1) -> None:
    line = f'self_test,device=c1 temp=21.5,count=3i,note="a b" {TIME_NS}\n'.encode()
    fetch(f"{influxdb1.url}/write", {"db": influxdb1.database, "precision": "ns"}, data=line)
    rows = influxdb1.query("SELECT temp, count, note FROM self_test GROUP BY device")
    assert rows == [{"time": TIME_NS, "temp": 21.5, "count": 3, "note": "a b", "device": "c1"}]


def test_influxdb1_keeps_its_data_across_kill_9(influxdb1: InfluxDB1) -> None:
    fetch(f"{influxdb1.url}/write", {"db": influxdb1.database}, data=f"self_test_kept v=1 {TIME_NS}\n".encode())
    influxdb1.kill()
    influxdb1.start()
    assert influxdb1.query("SELECT v FROM self_test_kept") == [{"time": TIME_NS, "v": 1}]


def test_influxdb1_names_what_it_refuses(influxdb1: InfluxDB1) -> None:
    with pytest.raises(AssertionError, match="unable to parse"):
        fetch(f"{influxdb1.url}/write", {"db": influxdb1.database}, data=b"no fields here\n")
