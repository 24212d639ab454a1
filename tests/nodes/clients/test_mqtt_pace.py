"""Reading pauses under load only; coming back is quick, jittered and capped."""

import pytest

from nodes.clients.mqtt.backoff import Backoff
from nodes.clients.mqtt.errors import ConnectRefused, Disconnected, SessionTaken
from nodes.clients.mqtt.pace import FULL_READ_BYTES, LONG_TICK_S, SHORT_TICK_S, Pace


def steady(rate_per_s: int, seconds: float = 1.0) -> float:
    """The last pause after reads of ten packets at this rate."""
    pace, pause_s, step_s = Pace(), 0.0, 10 / rate_per_s
    for number in range(1, int(seconds / step_s)):
        pause_s = pace.pause_s(number * step_s, 10, 1000)
    return pause_s


@pytest.mark.parametrize(
    ("rate", "pause_s"), [(800, 0.0), (2_000, SHORT_TICK_S), (8_000, SHORT_TICK_S), (50_000, LONG_TICK_S)]
)
def test_the_pause_follows_the_rate(rate: int, pause_s: float) -> None:
    assert steady(rate) == pause_s


def test_a_single_message_after_silence_is_handed_on_at_once() -> None:
    pace = Pace()
    for number in range(100):
        assert pace.pause_s(number * 60.0, 1, 100) == 0.0


def test_load_that_ends_stops_the_pauses() -> None:
    pace = Pace()
    for number in range(1000):
        pace.pause_s(number * 0.001, 100, 1000)
    assert pace.pause_s(10.0, 1, 100) == 0.0


def test_a_full_read_needs_no_pause() -> None:
    pace = Pace()
    for number in range(1000):
        pace.pause_s(number * 0.001, 100, 1000)
    assert pace.pause_s(1.0, 100, FULL_READ_BYTES) == 0.0


def test_the_first_attempts_are_quick_and_a_broker_away_for_long_is_found_within_two_seconds() -> None:
    backoff = Backoff(lambda: 1.0)
    delays = [backoff.delay_s(Disconnected("away")) for _ in range(20)]
    assert delays[:3] == [0.05, 0.1, 0.2]
    assert max(delays) == 2.0


def test_refusals_back_off_to_thirty_seconds() -> None:
    backoff = Backoff(lambda: 1.0)
    assert max(backoff.delay_s(ConnectRefused("no", 135)) for _ in range(20)) == 30.0


def test_a_taken_session_waits_for_seconds_from_the_first_time() -> None:
    assert Backoff(lambda: 0.0).delay_s(SessionTaken("taken", 142)) >= 2.5


def test_jitter_takes_up_to_half_away() -> None:
    assert Backoff(lambda: 0.0).delay_s(Disconnected("away")) == 0.025


def test_a_steady_connection_forgives() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(10):
        backoff.delay_s(Disconnected("away"))
    backoff.lived(1.0)
    assert backoff.delay_s(Disconnected("away")) == 2.0
    backoff.lived(60.0)
    assert backoff.delay_s(Disconnected("away")) == 0.05
