"""nodes/simulator/plant.py: each shape, its faults, and that time and seed say it all."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.simulator.plant import Signal

S = 1_000_000_000
KINDS = ["constant", "sine", "walk", "step", "sawtooth", "counter"]


def test_the_plain_shapes_are_what_their_names_say():
    sine = Signal("sine", offset=20, amplitude=5, period_s=100, digits=6)
    assert [sine.value(t * S) for t in (0, 25, 50, 75, 100)] == [20, 25, 20, 15, 20]
    saw = Signal("sawtooth", offset=10, amplitude=4, period_s=100)
    assert [saw.value(t * S) for t in (0, 50, 99, 100)] == [10, 12, 13.96, 10]
    assert Signal("constant", offset=7).values([0, S]) == [7, 7]


def test_a_counter_counts_whole_units_and_wraps():
    counter = Signal("counter", amplitude=0.5, wrap=10)
    assert [counter.value(t * S) for t in (0, 1, 2, 19, 20, 22)] == [0, 0, 1, 9, 0, 1]
    late = 1_758_110_600 * S
    fast = Signal("counter", amplitude=1000.0, wrap=2.0**32)
    assert (fast.value(late + S) - fast.value(late)) % 2**32 == 1000


def test_a_step_holds_its_level_for_a_period():
    step = Signal("step", amplitude=10, period_s=60, digits=None)
    assert step.value(0) == step.value(60 * S - 1) != step.value(60 * S)


def test_a_walk_moves_little_in_little_time_and_much_in_much():
    walk = Signal("walk", amplitude=1, period_s=10, digits=None, seed=3)
    near = [abs(walk.value((t + 1) * S) - walk.value(t * S)) for t in range(0, 40_000, 40)]
    far = [abs(walk.value((t + 4000) * S) - walk.value(t * S)) for t in range(0, 40_000, 40)]
    assert statistics.fmean(near) * 10 < statistics.fmean(far)
    assert all(abs(walk.value(t * S)) < 5 for t in range(0, 400_000, 400))


def test_noise_has_the_deviation_that_was_asked_for():
    noisy = Signal("constant", offset=5, noise=0.5, digits=None, sample_s=1)
    values = noisy.values(range(0, 4000 * S, S))
    assert statistics.fmean(values) == pytest.approx(5, abs=0.05)
    assert statistics.stdev(values) == pytest.approx(0.5, rel=0.05)
    assert noisy.value(0) == noisy.value(S - 1) != noisy.value(S)


def test_spikes_come_at_their_share_and_in_both_directions():
    spiky = Signal("constant", spike_share=0.1, spike_size=9, sample_s=1)
    values = spiky.values(range(0, 4000 * S, S))
    assert set(values) == {-9, 0, 9}
    assert sum(value != 0 for value in values) == pytest.approx(400, rel=0.2)


def test_a_stuck_sensor_repeats_the_value_of_the_start_of_its_span():
    stuck = Signal("sine", period_s=1000, stuck_share=0.5, stuck_s=50, digits=None)
    spans = [range(start, start + 50) for start in range(0, 1000, 50)]
    held = [span for span in spans if stuck.is_stuck(span[0] * S)]
    assert 3 < len(held) < 17
    for span in spans:
        different = {stuck.value(t * S) for t in span}
        assert len(different) == 1 if span in held else len(different) > 20


@pytest.mark.parametrize("field", ["period_s", "stuck_s", "sample_s", "wrap"])
def test_a_length_that_is_not_positive_is_an_error(field):
    with pytest.raises(ValueError, match="positive"):
        Signal(**{field: 0})


def test_a_counter_that_cannot_count_is_an_error():
    with pytest.raises(ValueError, match="counter"):
        Signal("counter", amplitude=0)


@given(
    st.sampled_from(KINDS),
    st.integers(0, 2**62),
    st.integers(0, 99),
    st.floats(0.1, 1e6),
    st.floats(0.1, 1e3),
    st.floats(0, 1),
)
def test_any_signal_is_finite_and_the_same_each_time(kind, time_ns, seed, period_s, amplitude, share):
    signal = Signal(
        kind, 1.0, amplitude, period_s, 0.25, 0.1, share, 3.0, share, 5.0, digits=None, seed=seed, name="a/t"
    )
    again = Signal(
        kind, 1.0, amplitude, period_s, 0.25, 0.1, share, 3.0, share, 5.0, digits=None, seed=seed, name="a/t"
    )
    assert math.isfinite(signal.value(time_ns)) and signal.value(time_ns) == again.value(time_ns)


def test_another_seed_or_name_is_another_plant():
    values = {Signal("walk", digits=None, seed=seed, name=name).value(S) for seed in (1, 2) for name in "ab"}
    assert len(values) == 4


def test_readings_do_not_change_between_releases():
    signal = Signal("walk", 20, 5, 60, noise=0.1, seed=42, name="cold/t")
    assert signal.values([0, 10 * S, 3600 * S]) == [15.12, 15.15, 17.47]
