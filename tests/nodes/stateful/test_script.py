"""nodes/stateful/script.py: state by key, what is rejected, a batch that makes room for others, restarts."""

from flowengine import Message
from flowengine.script import PER_BATCH
from flowengine.testing import TestContext, make, payloads
from nodes.stateful.script import Script

COMFORT = """
by: "{room}"
code: |
  rh = clamp(payload.rh, 1, 100) / 100
  g = log(rh) + 17.62 * payload.t / (243.12 + payload.t)
  payload.dew = round(243.12 * g / (17.62 - g), 1)
  state.n = coalesce(state.n, 0) + 1
  payload.n = state.n
  if payload.dew > 18:
      send("damp", {"room": meta.room, "dew": payload.dew})
  for i, v in enumerate(payload.samples):
      if v < 0: reject(f"sample {i} is negative")
"""


def reading(room: str, t: float, rh: float, *samples: float) -> Message:
    return Message({"t": t, "rh": rh, "samples": list(samples)}, meta={"room": room})


def test_script_computes_counts_by_key_sends_and_rejects_with_the_line():
    node = make(Script, COMFORT)
    assert node.ports(node.config) == ("out", "damp")
    good = [reading("a", 21.5, 50, 1, 2), reading("b", 24, 99), reading("a", 20, 40)]
    emit = node.process([*good, reading("a", 20, 40, 1, -2)], 0)
    found = payloads(emit.messages)
    assert [(p["dew"], p["n"]) for p in found["out"]] == [(10.6, 1), (23.8, 1), (6.0, 2)]
    assert found["damp"] == [{"room": "b", "dew": 23.8}]
    assert [reason for _, reason in emit.rejected] == ["line 9: sample 1 is negative"]
    assert emit.finished == 4


def test_script_keeps_its_state_over_a_restart():
    before, after = make(Script, COMFORT), make(Script, COMFORT)
    before.process([reading("a", 21, 50), reading("a", 21, 50)], 0)
    after.restore(before.snapshot(0), 0)
    assert payloads(after.process([reading("a", 21, 50)], 0).messages)["out"][0]["n"] == 3


def test_script_without_state_keeps_none():
    assert make(Script, "code: payload = 1").snapshot(0) is None


def test_script_forgets_the_key_that_changed_longest_ago():
    context = TestContext()
    node = make(Script, "{by: '{room}', max_keys: 2, code: 'state.n = coalesce(state.n, 0) + 1'}", context)
    for room in "abcb":
        node.process([Message({}, meta={"room": room})], 0)
    assert node.snapshot(0) == {"c": {"n": 1}, "b": {"n": 2}}
    assert context.recorded.counted == {"states forgotten": 1}


def test_script_rejects_what_would_exceed_its_state_and_keeps_the_one_before():
    node = make(Script, "{max_state: 100B, code: 'state.x = payload'}")
    emit = node.process([Message("a"), Message("b" * 200)], 0)
    assert "state takes 20" in emit.rejected[0][1]
    assert node.snapshot(0) == {"": {"x": "a"}}


def test_script_lets_others_have_their_turn_after_a_batch_full_of_work():
    node = make(Script, "code: |\n  n = 0\n  for i in range(1000): n += i\n  payload = n")
    given = [Message(i) for i in range(1_000)]
    emit = node.process(given, 0)
    assert 0 < emit.finished < 1_000
    assert node._run.work < PER_BATCH + 20_000
    assert node.wake_at_s() is not None
    done = emit.finished
    while node.wake_at_s() is not None:
        done += node.on_time(0).finished
    assert done == 1_000


def test_script_gives_out_everything_when_input_ends():
    node = make(Script, "code: |\n  n = 0\n  for i in range(1000): n += i\n  payload = n")
    first = node.process([Message(i) for i in range(1_000)], 0)
    rest = node.flush(0)
    assert first.finished + rest.finished == 1_000
    assert node.wake_at_s() is None


def test_script_counts_what_it_drops_and_leaves_out_notes_in_a_flood():
    context = TestContext()
    node = make(Script, "code: |\n  note('x')\n  if payload: drop()", context)
    node.process([Message(i % 2) for i in range(20)], 0)
    assert context.recorded.counted == {"dropped by the script": 10, "notes left out": 10}


def test_script_sets_the_time_as_other_nodes_do():
    node = make(Script, "code: time = payload")
    emit = node.process([Message("2026-01-01T00:00:01Z"), Message("noon")], 0)
    assert payloads(emit.messages)["out"] == ["2026-01-01T00:00:01Z"]
    assert emit.messages["out"][0].time_ns == 1_767_225_601_000_000_000
    assert "neither RFC 3339" in emit.rejected[0][1]


def test_what_script_sends_has_ids_and_times_of_its_own_the_same_when_a_message_comes_again():
    given = Message([1, 2, 3], time_ns=10**18, arrived_ns=10**18, id=7)
    code = "code: |\n  for v in payload: send('each', v)\n  drop()"
    first, again = (make(Script, code).process([given], 0).messages["each"] for _ in range(2))
    assert first == again
    assert [m.time_ns - 10**18 for m in first] == [m.arrived_ns - 10**18 for m in first] == [0, 1000, 2000]
    assert len({m.id for m in first} | {7}) == 4


def test_a_time_that_a_script_sets_is_kept_as_it_is():
    code = "code: |\n  time = 1700000000\n  send('a', 1)\n  send('a', 2)\n  drop()"
    emit = make(Script, code).process([Message(0, time_ns=10**18, id=7)], 0)
    assert {m.time_ns for m in emit.messages["a"]} == {1_700_000_000 * 10**9}
