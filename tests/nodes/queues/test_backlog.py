"""nodes/queues/backlog.py: every scenario of backlog.json, the figures, order as a property."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.queues.backlog import DAY_NS, Backlog, Rule

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "backlog.json").read_text("utf-8"))
S = 1_000_000_000


class Plant:
    """A publisher, a store that survives kills, and a receiver that confirms what it gets unless told otherwise."""

    def __init__(self, manual):
        self.stored, self.published, self.fail_on, self.manual, self.now_ns = {}, [], None, manual, 0
        self.backlog = Backlog(Rule())

    def drain(self):
        while rows := self.backlog.next_rows(self.now_ns):
            for row in rows:
                if row.payload == self.fail_on:
                    self.backlog.fail(row.sequence)
                    self.backlog.down()
                    self.fail_on = None
                    return
                self.published.append(row.payload)
                if not self.manual:
                    self.backlog.confirm(row.sequence)
                    del self.stored[row.sequence]

    def restart(self):
        self.backlog = Backlog(Rule(), [self.stored[sequence] for sequence in sorted(self.stored)])


@pytest.mark.parametrize("case", CASES["vectors"], ids=lambda case: case["name"])
def test_a_scenario_publishes_in_the_order_of_the_vector(case):
    plant, killed = Plant(manual=False), any(event[0] == "kill" for event in case["events"])
    for what, *argument in case["events"]:
        plant.now_ns += S
        if what == "down":
            plant.backlog.down()
        elif what == "pub":
            if plant.backlog.may_go_directly():
                plant.published.append(argument[0])
                continue
            row = plant.backlog.keep(argument[0], plant.now_ns)
            plant.stored[row.sequence] = row
            plant.drain()
        elif what == "up_fail_on":
            plant.fail_on = argument[0]
            plant.backlog.up(plant.now_ns)
            plant.drain()
            assert len(plant.backlog) == case["queued_between"]
        elif what == "up":
            plant.backlog.up(plant.now_ns)
            if not killed:
                plant.drain()
        elif what == "puback":  # sent and confirmed, but killed before the mark
            row = plant.backlog.next_rows(plant.now_ns)[0]
            plant.published.append(row.payload)
            assert row.payload == argument[0] and plant.backlog.confirm(row.sequence) == row
        elif what == "restart":
            plant.restart()
            plant.backlog.up(plant.now_ns)
            plant.drain()
    assert plant.published == case["expected_publish_order"]
    assert len(plant.backlog) == case.get("queued_after", 0) == len(plant.stored)
    if "after_dedupe" in case:
        assert list(dict.fromkeys(plant.published)) == case["after_dedupe"]


def test_a_live_message_waits_behind_what_is_still_in_flight():
    backlog = Backlog(Rule())
    backlog.keep("k1", 0)
    backlog.up(0)
    (row,) = backlog.next_rows(0)
    assert not backlog.may_go_directly()
    backlog.confirm(row.sequence)
    assert backlog.may_go_directly()


def test_the_rate_is_halved_and_cut_to_a_fifth_as_the_backlog_grows():
    figures = CASES["figures"]
    rule = Rule()
    assert (rule.rate, rule.batch) == (figures["max_rate_per_s"], figures["batch"])
    rates = [rule.rate_at(waiting) for waiting in (0, 10_000, 10_001, 100_000, 100_001)]
    assert rates == [500, 500, 250, 250, 100]


@pytest.mark.parametrize(("rows", "per_s"), [(3_000, 500), (30_000, 250), (150_000, 100)])
def test_a_backlog_drains_at_its_rate_however_often_it_is_asked(rows, per_s):
    backlog = Backlog(Rule())
    for number in range(rows):
        backlog.keep(number, 0)
    backlog.up(0)
    sent, now_ns = 0, 0
    while now_ns < 4 * S:
        for row in backlog.next_rows(now_ns):
            backlog.confirm(row.sequence)
            sent += 1
        now_ns = max(backlog.next_deadline_ns(), now_ns + 7_000_000)
    assert 4 * per_s <= sent <= 5 * per_s + 1


def test_rows_beyond_their_age_are_given_up_and_counted():
    backlog = Backlog(Rule())
    backlog.keep("old", 0)
    backlog.keep("new", DAY_NS)
    assert backlog.purge(28 * DAY_NS) == []
    assert [row.payload for row in backlog.purge(28 * DAY_NS + 1)] == ["old"] and backlog.given_up == 1
    assert [row.payload for row in backlog.waiting] == ["new"]


EVENTS = st.lists(
    st.sampled_from(["pub", "up", "down", "send", "confirm", "confirm_last", "fail", "wait"]), max_size=60
)


@given(EVENTS, st.integers(1, 4))
def test_nothing_is_lost_and_first_sendings_keep_their_order(events, batch):
    backlog, kept, confirmed, sent, flying, now_ns = Backlog(Rule(50, (), batch)), [], [], [], [], 0
    for what in events:
        now_ns += S // 100
        if what == "pub":
            kept.append(backlog.keep(len(kept), now_ns).sequence)
        elif what == "up":
            backlog.up(now_ns)
        elif what == "down":
            backlog.down()
            flying = []
        elif what == "send":
            rows = [row.sequence for row in backlog.next_rows(now_ns)]
            assert len(flying) + len(rows) <= batch
            flying += rows
            sent += rows
        elif what.startswith("confirm") and flying:
            sequence = flying.pop(-1 if what == "confirm_last" else 0)
            assert backlog.confirm(sequence) is not None and backlog.confirm(sequence) is None
            confirmed.append(sequence)
        elif what == "fail" and flying:
            backlog.fail(flying[0])
            flying = []
        elif what == "wait":
            now_ns += S
        assert sorted(confirmed + [row.sequence for row in backlog.waiting]) == kept
        assert [row.sequence for row in backlog.waiting] == sorted(row.sequence for row in backlog.waiting)
    first = list(dict.fromkeys(sent))
    assert first == sorted(first)
