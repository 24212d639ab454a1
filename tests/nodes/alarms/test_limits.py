"""nodes/alarms/limits.py: names for points of the RTDB in conditions, and word of changes."""

import gc

import pytest
from pydantic import ValidationError

from flowengine import Message
from flowengine.expression import compile_template
from flowengine.store.rtdb import Point, Rtdb
from flowengine.testing import TestContext, make
from nodes.alarms.limits import Limit, Limits
from nodes.stateful.alert import Alert


def test_limits_are_read_by_key_and_have_defaults():
    rtdb = Rtdb()
    rtdb.put([("limits/a", Point(5))])
    sources = {"hot": Limit(key=compile_template("limits/{d}"), default=8)}
    limits = Limits(sources, rtdb, lambda: None)
    assert limits.of(Message(meta={"d": "a"})) == {"hot": 5}
    assert limits.of(Message(meta={"d": "b"})) == {"hot": 8}


def test_only_points_that_were_read_are_told_of_and_nobody_who_is_gone():
    rtdb, told = Rtdb(), []
    limits = Limits({"hot": Limit(key=compile_template("l"))}, rtdb, lambda: told.append(1))
    rtdb.put([("l", Point(1))])
    limits.of(Message())
    rtdb.put([("x", Point(1))])
    rtdb.put([("l", Point(2))])
    assert told == [1]
    del limits
    gc.collect()
    rtdb.put([("l", Point(3))])
    assert told == [1]
    assert rtdb._watchers == []


def test_a_name_that_is_no_limit_is_an_error_of_the_flow():
    with pytest.raises(ValidationError, match="unknown name 'hot_k'"):
        make(Alert, "{limits: {hot_c: l}, when: payload > hot_k}")


def test_a_lower_limit_raises_and_a_higher_one_clears_without_a_reading():
    context = TestContext()
    node = make(Alert, "{by: '{d}', limits: {hot_c: {key: l, default: 8}}, when: payload > hot_c}", context)
    assert not node.process([Message(7, meta={"d": d}) for d in "ab"], 0).messages
    context.rtdb.put([("l", Point(5))])
    raised = node.on_time(1).messages["out"]
    assert [m.payload["state"] for m in raised] == ["active", "active"]
    context.rtdb.put([("l", Point(9))])
    assert node.wake_at_s() == 0.0
    assert len(node.on_time(2).messages["out"]) == 2


def test_a_condition_over_figures_is_looked_at_again_too():
    context = TestContext()
    node = make(Alert, "{limits: {hot_c: {key: l, default: 8}}, when: mean > hot_c, window: 1m}", context)
    node.process([Message(6), Message(8)], 0)
    context.rtdb.put([("l", Point(5))])
    assert node.on_time(1).messages["out"][0].payload["state"] == "active"
