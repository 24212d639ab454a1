"""The agenda keeps time order without a clock, and runs by any event loop."""

from flowengine.testing import run_virtual
from nodes.simulator.agenda import Agenda
from nodes.simulator.perform import perform


def test_actions_happen_in_time_order_and_ties_in_order_of_entry() -> None:
    agenda, seen = Agenda(), []
    for time_s, word in ((2.0, "c"), (1.0, "a"), (1.0, "b"), (9.0, "never")):
        agenda.at(time_s, lambda word=word: seen.append((agenda.now_s, word)))
    agenda.run_until(5.0)
    assert seen == [(1.0, "a"), (1.0, "b"), (2.0, "c")]
    assert agenda.now_s == 5.0
    assert agenda.next_s == 9.0


def test_a_period_may_change_between_two_times() -> None:
    agenda, seen, periods = Agenda(), [], iter([1.0, 4.0, 100.0])
    agenda.every(lambda: next(periods), lambda: seen.append(agenda.now_s), first_s=2.0)
    agenda.run_until(50.0)
    assert seen == [2.0, 3.0, 7.0]


def test_what_is_entered_for_the_past_happens_now() -> None:
    agenda, seen = Agenda(), []
    agenda.run_until(10.0)
    agenda.at(3.0, lambda: seen.append(agenda.now_s))
    agenda.run_until(10.0)
    assert seen == [10.0]


def test_an_agenda_runs_by_the_time_of_the_loop() -> None:
    agenda, seen = Agenda(), []
    agenda.every(lambda: 600.0, lambda: seen.append(round(agenda.now_s)))
    run_virtual(lambda: perform(agenda, 3600.0))
    assert seen == [0, 600, 1200, 1800, 2400, 3000, 3600]
