"""`check` warns of a node's expressions and scripts that mix units of time, wherever they stand."""

from __future__ import annotations

from flowengine.catalog import installed
from flowengine.flow.load import load

FLOW = """
flow: f
nodes:
  in: {type: inject, every: 1s, payload: {t_ns: 5}, to: [late, set, script]}
  late: {type: filter, where: time - payload.t_ns > 5, to: out}
  set:
    type: set
    compute:
      payload.age: >-
        time
        - 60000000000
      payload.time_ms: time * 1000
    to: out
  script: {type: script, code: "payload.s = time / 1000000000", to: out}
  out: {type: log}
"""


def test_each_place_that_mixes_units_of_time_is_a_warning() -> None:
    loaded = load(FLOW, "f.yaml", installed(), {}, lambda _: "")
    assert loaded.ok
    told = [(problem.severity, problem.node, problem.message) for problem in loaded.problems]
    assert told == [
        ("warning", "late", "time - payload.t_ns: time is in seconds, payload.t_ns by its name in nanoseconds"),
        ("warning", "set", "time - 60000000000: time is in seconds, 60000000000 is none that anybody means"),
        ("warning", "script", "time / 1000000000: time is in seconds, not in nanoseconds"),
    ]
