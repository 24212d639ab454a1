"""nodes/stateful/anomaly.py"""

import json

import pytest

from flowengine import Message
from flowengine.testing import make, messages, payloads
from nodes.stateful.anomaly import Anomaly

USUAL = [20.0 + 0.1 * (n % 5) for n in range(60)]


@pytest.mark.parametrize(("method", "limit"), [("zscore", 4), ("iqr", 3), ("change", 8)])
def test_a_value_that_stands_out_leaves_by_its_own_port(method, limit):
    node = make(Anomaly, f"{{method: {method}, limit: {limit}}}")
    assert payloads(node.process(messages(USUAL), 0).messages) == {"out": USUAL, "anomaly": []}
    out = node.process(messages([20.2, 35.0]), 0).messages
    assert payloads(out) == {"out": [20.2], "anomaly": [35.0]}
    about = out["anomaly"][0].meta["anomaly"]
    assert about["score"] > 0 and about["high"] < 35.0


def test_keys_have_pasts_of_their_own():
    node = make(Anomaly, "{key: '{d}', limit: 4}")
    for device, base in [("a", 0.0), ("b", 100.0)]:
        out = node.process([Message(base + value, meta={"d": device}) for value in USUAL], 0).messages
        assert out["anomaly"] == []


def test_the_past_survives_a_restart():
    before, after = make(Anomaly), make(Anomaly)
    before.process(messages(USUAL), 0)
    after.restore(json.loads(json.dumps(before.snapshot(0))), 0)
    assert payloads(after.process(messages([35.0]), 0).messages)["anomaly"] == [35.0]


def test_only_what_is_no_number_is_rejected():
    emit = make(Anomaly).process(messages(["x", 1.0]), 0)
    assert (payloads(emit.messages)["out"], len(emit.rejected)) == ([1.0], 1)


def test_a_warm_up_longer_than_the_window_is_found_before_the_flow_runs():
    config = Anomaly.config_type().model_validate({"window": 10})
    assert [option for option, _ in Anomaly.check(config)] == ["warm_up"]
