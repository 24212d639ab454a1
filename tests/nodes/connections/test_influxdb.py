"""connections/influxdb: settings are checked before anything runs."""

import pytest
from pydantic import ValidationError

from nodes.clients.influxdb.settings import InfluxSettings


@pytest.mark.parametrize("version", [1, 3])
def test_a_version_that_needs_a_database_says_so(version: int) -> None:
    with pytest.raises(ValidationError, match="needs the name of a database"):
        InfluxSettings(version=version)


def test_an_address_without_http_is_refused() -> None:
    with pytest.raises(ValidationError, match="http://"):
        InfluxSettings(url="influx:8086")
