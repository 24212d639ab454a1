"""Curves on disk: joined by minute and hour, kept over restarts, never more than their bounds."""

from pathlib import Path

import pytest

from flowengine.store import trend_history
from flowengine.store.trend_history import HOUR_S, MINUTE_S, Bucket, Stretch, TrendHistory

NOW_S = 1_800_000_000  # the beginning of an hour


def test_minutes_come_back_after_a_restart(tmp_path: Path) -> None:
    history = TrendHistory(tmp_path)
    history.add([Bucket("a", NOW_S, 2, 1.5, 1, 2), Bucket("b", NOW_S, 1, 9, 9, 9)], NOW_S)
    history.close()
    history = TrendHistory(tmp_path)
    assert history.read("a", NOW_S - 60, NOW_S + 60) == [Stretch(NOW_S, MINUTE_S, 1.5, 1, 2)]
    assert history.read("nobody", 0, NOW_S * 2) == []
    history.close()


def test_two_buckets_of_the_same_minute_are_joined_by_their_weight(tmp_path: Path) -> None:
    history = TrendHistory(tmp_path)
    history.add([Bucket("a", NOW_S, 3, 1, 0, 2)], NOW_S)
    history.add([Bucket("a", NOW_S, 1, 5, 5, 5)], NOW_S)
    assert history.read("a", NOW_S, NOW_S + 60) == [Stretch(NOW_S, MINUTE_S, 2, 0, 5)]
    history.close()


def test_hours_stand_for_minutes_that_are_gone(tmp_path: Path) -> None:
    history = TrendHistory(tmp_path)
    old_s = NOW_S - 10 * 86_400
    history.add([Bucket("a", old_s, 1, 1, 1, 1), Bucket("a", old_s + 60, 1, 3, 3, 3)], old_s)
    history.add([Bucket("a", NOW_S, 1, 7, 7, 7)], NOW_S)
    assert history.read("a", old_s, NOW_S + 60) == [
        Stretch(old_s, HOUR_S, 2, 1, 3), Stretch(NOW_S, MINUTE_S, 7, 7, 7),
    ]  # fmt: skip
    history.close()


def test_the_more_series_the_less_far_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend_history, "MOST_ROWS", 100)
    history = TrendHistory(tmp_path)
    for minute in range(200):
        at_s = NOW_S + minute * 60
        history.add([Bucket(key, at_s, 1, 1, 1, 1) for key in "abcd"], at_s)
    counts = history._data.rows("SELECT count(*) FROM minutes GROUP BY series")
    assert [count for (count,) in counts] == [26] * 4
    history.close()


def test_a_series_too_many_waits_until_another_one_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend_history, "MOST_SERIES", 2)
    history = TrendHistory(tmp_path)
    history.add([Bucket(key, NOW_S, 1, 1, 1, 1) for key in "abc"], NOW_S)
    assert history.read("c", 0, NOW_S + 60) == []
    later_s = NOW_S + 500 * 86_400
    history.add([Bucket("a", later_s, 1, 1, 1, 1)], later_s)
    history.add([Bucket("c", later_s, 1, 2, 2, 2)], later_s)
    assert [stretch.mean for stretch in history.read("c", later_s, later_s + 60)] == [2]
    assert history.read("b", 0, later_s + 60) == []
    history.close()


def test_a_key_that_is_no_text_costs_only_itself(tmp_path: Path) -> None:
    history = TrendHistory(tmp_path)
    history.add([Bucket("\ud800", NOW_S, 1, 1, 1, 1), Bucket("a", NOW_S, 1, 1, 1, 1)], NOW_S)
    assert len(history.read("a", NOW_S, NOW_S + 60)) == 1 and history.read("\ud800", 0, NOW_S + 60) == []
    history.close()
