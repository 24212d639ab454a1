"""Workers share units evenly, honour places, and come to rest, whoever comes and goes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flowengine.cluster.sharing import Worker, moves, share

ANYWHERE = {f"u{n}": "" for n in range(5)}


def workers(*places: str) -> list[Worker]:
    return [Worker(f"i{n}", f"w{n}", frozenset({place} - {""})) for n, place in enumerate(places)]


def settle(there: list[Worker], places: dict[str, str], owned: dict[str, str]) -> dict[str, str]:
    """Who has what once nobody does anything any more."""
    for _ in range(50):
        before = dict(owned)
        for worker in there:
            mine = [unit for unit, owner in owned.items() if owner == worker.instance]
            free = [unit for unit in places if unit not in owned]
            todo = moves(worker, there, places, free, mine)
            assert not set(todo.take) & set(owned) and set(todo.give) <= set(mine)
            for unit in todo.give:
                del owned[unit]
            owned |= dict.fromkeys(todo.take, worker.instance)
        if owned == before:
            return owned
    raise AssertionError("units go to and fro")


def test_one_that_joins_gets_its_share_and_nothing_else_moves() -> None:
    alone = settle(workers(""), ANYWHERE, {})
    assert set(alone.values()) == {"i0"}
    both = settle(workers("", ""), ANYWHERE, dict(alone))
    assert sorted(both.values()) == ["i0"] * 3 + ["i1"] * 2
    assert sum(both[unit] != alone[unit] for unit in both) == 2


def test_what_is_bound_to_a_place_runs_there_or_nowhere() -> None:
    places = {**ANYWHERE, "port": "hall2"}
    assert settle(workers("", "hall2"), places, {})["port"] == "i1"
    assert "port" not in settle(workers("", ""), places, {})


def test_one_that_leaves_gives_everything_back() -> None:
    there = workers("", "")
    owned = settle(there, ANYWHERE, {})
    there[0] = Worker("i0", "w0", leaving=True)
    assert set(settle(there, ANYWHERE, owned).values()) == {"i1"}


def test_what_some_refuse_is_shared_by_the_others() -> None:
    places = {f"new.s.{n}": "" for n in range(4)} | {f"f.s.{n}": "" for n in range(3)}
    old = [Worker("i0", "w0", refuses=frozenset({"new"})), Worker("i1", "w1", refuses=frozenset({"new", "f.s.1"}))]
    there = [*old, *(Worker(f"i{n}", f"w{n}") for n in (2, 3))]
    owned = settle(there, places, {})
    assert set(owned) == set(places)
    assert sorted(owned[f"new.s.{n}"] for n in range(4)) == ["i2", "i2", "i3", "i3"]
    assert owned["f.s.1"] != "i1"
    assert settle(old, places, {}).keys() == {f"f.s.{n}" for n in range(3)}


@given(st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=6), st.lists(st.sampled_from(["", "a", "b"])))
def test_all_that_somebody_may_run_is_run_and_nobody_has_more_than_a_share(there: list[str], units: list[str]) -> None:
    who, places = workers(*there), {f"u{n}": place for n, place in enumerate(units)}
    owned = settle(who, places, {})
    assert set(owned) == {unit for unit, place in places.items() if any(each.may(place) for each in who)}
    for worker in who:
        mine = [places[unit] for unit, owner in owned.items() if owner == worker.instance]
        for place in set(mine):
            there_bound = [unit for unit, each in places.items() if each == place]
            assert worker.may(place) and mine.count(place) <= share(who, places, there_bound)
