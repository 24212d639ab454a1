"""Frame counters: what comes twice is one, what began anew is news, and a broker's repeats change nothing."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.lorawan.counters import REMEMBERED, FrameCounters

S = 1_000_000_000
MINUTE = 60 * S


def counters(max_devices: int = 10) -> FrameCounters:
    return FrameCounters(10 * MINUTE, max_devices)


def test_the_same_frame_again_is_a_duplicate() -> None:
    made = counters()
    assert made.judge("a", "s", 5, 100 * S) == "news"
    assert made.judge("a", "s", 5, 100 * S) == "duplicate"
    assert made.judge("a", "s", 5, 103 * S) == "duplicate"  # sent twice by the device
    assert made.judge("b", "s", 5, 100 * S) == "news"


def test_a_device_that_counts_anew_loses_nothing() -> None:
    made = counters()
    told = [made.judge("a", "s", f_cnt, at * MINUTE) for at, f_cnt in enumerate((0, 1, 2, 0, 1, 2, 3))]
    assert told == ["news", "news", "news", "reset", "news", "news", "news"]
    assert made.judge("a", "joined again", 3, 7 * MINUTE) == "reset"
    assert made.judge("a", "joined again", 3, 30 * MINUTE) == "reset"  # restarted at the very same counter


def test_frames_that_a_broker_kept_are_news_once() -> None:
    made = counters()
    assert made.judge("a", "s", 7, 70 * MINUTE) == "news"
    assert made.judge("a", "s", 5, 50 * MINUTE) == "news"  # late, and no new beginning
    assert made.judge("a", "s", 5, 50 * MINUTE) == "duplicate"
    assert made.judge("a", "s", 8, 80 * MINUTE) == "news"


def test_beyond_the_most_devices_the_one_silent_for_longest_is_forgotten() -> None:
    made = counters(2)
    for eui in ("a", "b", "a", "c"):
        made.judge(eui, "s", 1, 100 * S)
    assert made.judge("a", "s", 1, 100 * S) == "duplicate"
    assert made.judge("b", "s", 1, 100 * S) == "news"


frames = st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=REMEMBERED)


@given(frames, st.randoms())
def test_every_frame_is_news_once_however_often_it_comes_and_over_restarts(
    sent: list[tuple[str, bool]], random: st.DataObject
) -> None:
    f_cnt, told = {"a": 0, "b": 0}, []
    made = counters()
    came: list[tuple[str, str, int, int]] = []
    for number, (eui, restarts) in enumerate(sent):
        f_cnt[eui] = 0 if restarts else f_cnt[eui] + 1
        came.append((eui, "s", f_cnt[eui], number * 11 * MINUTE))
        for frame in [came[-1], *random.sample(came, min(2, len(came)))]:  # type: ignore[attr-defined]
            if made.judge(*frame) != "duplicate":
                told.append(frame)
        restored = counters()
        restored.restore(json.loads(json.dumps(made.snapshot())))
        made = restored
    assert told == came
