"""The VictoriaMetrics fixture is a real server: what is written by either API comes back."""

import pytest

from tests.servers.http import fetch
from tests.servers.victoria_metrics import VictoriaMetrics

pytestmark = pytest.mark.integration

TIME_S = 1_700_000_000


@pytest.mark.parametrize("path", ["/write", "/api/v2/write"])
def test_victoria_metrics_gives_back_what_was_written(victoria_metrics: VictoriaMetrics, path: str) -> None:
    measurement = "self_test" + path.replace("/", "_")
    line = f"{measurement},device=c1 temp=21.5 {TIME_S}000000000\n".encode()
    fetch(victoria_metrics.url + path, {"precision": "ns"}, data=line)
    [series] = victoria_metrics.export(f'{measurement}_temp{{device="c1"}}')
    assert series["values"] == [21.5]
    assert series["timestamps"] == [TIME_S * 1000]
    [point] = victoria_metrics.query(f"{measurement}_temp", TIME_S + 1)
    assert point["value"][1] == "21.5"


def test_victoria_metrics_keeps_its_data_across_a_restart(victoria_metrics: VictoriaMetrics) -> None:
    fetch(f"{victoria_metrics.url}/write", data=f"self_test_kept temp=1 {TIME_S}000000000\n".encode())
    victoria_metrics.restart()
    assert [series["values"] for series in victoria_metrics.export("self_test_kept_temp")] == [[1]]
