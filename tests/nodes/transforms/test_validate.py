"""nodes/transforms/validate.py: the schema rule of pipelines.json, and that nothing is fetched."""

import json
from pathlib import Path

import pytest
from referencing.exceptions import Unresolvable

from flowengine import Rejected
from flowengine.testing import make, messages
from nodes.transforms.validate import Validate

CLOUD = json.loads((Path(__file__).parents[2] / "vectors" / "pipelines.json").read_text("utf-8"))["iotferme_cloud"]
TELEMETRY = "schema: {type: object, required: [ts, site, device, metrics], properties: {metrics: {type: object}}}"


@pytest.mark.parametrize("case", [c for c in CLOUD if "telemetry" in c["in"]["topic"]])
def test_validate_lets_through_what_the_seeds_schema_allows(case):
    given = messages([json.loads(case["in"]["payload"])])
    if "rejected" in case:
        with pytest.raises(Rejected, match="lacks ts"):
            make(Validate, TELEMETRY).process(given)
    else:
        assert make(Validate, TELEMETRY).process(given) == given


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"metrics": {}}, "payload lacks ts, site, device"),
        ({"ts": 1, "site": 1, "device": 1, "metrics": "secret"}, "metrics is not a map"),
    ],
)
def test_the_reason_names_the_place_and_the_rule_but_not_the_value(payload, reason):
    with pytest.raises(Rejected) as fault:
        make(Validate, TELEMETRY).process(messages([payload]))
    assert str(fault.value) == reason


def test_a_schema_that_is_none_is_found_before_the_flow_runs():
    config = Validate.config_type().model_validate({"schema": {"type": "objekt"}})
    assert [option for option, _ in Validate.check(config)] == ["schema"]


def test_a_reference_elsewhere_is_never_fetched():
    node = make(Validate, "schema: {$ref: 'http://127.0.0.1:9/schema.json'}")
    with pytest.raises(Unresolvable):
        node.process(messages([1]))
