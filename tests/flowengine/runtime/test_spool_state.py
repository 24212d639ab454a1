"""What people are told of a spool: the same figures whoever tells them."""

from __future__ import annotations

from flowengine.runtime.spool_state import SpoolState, said_of_orphan, state_of
from flowengine.runtime.spools import Found, SpoolKey
from flowengine.store.spool import Stats


def test_a_running_spool_is_told_with_its_bound_and_its_oldest() -> None:
    stats = Stats(records=3, size_bytes=40, disk_bytes=64, oldest_ns=2_500_000, max_bytes=1000, write_bytes_s=10.0)
    assert state_of(Found(SpoolKey("f", "out", False), stats)) == SpoolState(
        "f", "out", False, 3, 40, 64, 2.5, True, "", 1000, 93.6
    )


def test_what_does_not_fill_and_has_no_oldest_says_so() -> None:
    told = state_of(Found(SpoolKey("f", "out", False), Stats(max_bytes=1000)))
    assert (told.messages, told.oldest_ms, told.full_in_s) == (0, None, None)


def test_an_orphan_has_no_bound_and_what_cannot_be_read_says_why() -> None:
    told = state_of(
        Found(SpoolKey("f", "out", True), Stats(healthy=False, max_bytes=1000, write_bytes_s=10.0), "open already")
    )
    assert (told.orphan, told.healthy, told.fault, told.limit_bytes, told.full_in_s) == (
        True, False, "open already", None, None,
    )  # fmt: skip


def test_what_nobody_owns_is_told_with_its_count_and_how_it_is_had_again() -> None:
    place = SpoolKey("cellar", "store", True)
    waiting = Found(place, Stats(records=47))
    assert said_of_orphan(waiting, flow_runs=True) == (
        "47 messages wait on disk before cellar/store, which does not run; a node that took its place can say "
        "`was: OLD_NAME`"
    )
    assert said_of_orphan(waiting, flow_runs=False).endswith("before cellar/store; no flow of that name runs")
    assert said_of_orphan(Found(place, Stats(healthy=False), "it is damaged"), True).endswith("be read: it is damaged")
    assert said_of_orphan(Found(place, Stats()), True) == ""
