"""A session's window is learnt from a batch that waited for its timer, and forgotten when nothing comes of it."""

from flowengine.runtime.windows import DOUBT_S, MISSES, Window


def stuck(window: Window, count: int, at_s: float) -> None:
    """So many messages came, then nothing; all of them are held."""
    window.came(count, at_s)
    window.rested(count, at_s + 0.1)


def test_what_comes_at_once_after_a_rest_shows_how_many_there_may_be() -> None:
    window = Window()
    stuck(window, 20, 0)
    assert not window.is_full(20)
    window.settled(20, 1.0)
    window.came(20, 1.01)
    assert window.size == 20 and window.is_full(20) and window.is_full(25) and not window.is_full(19)


def test_half_of_what_was_settled_is_an_answer_and_the_smallest_number_counts() -> None:
    window = Window()
    stuck(window, 80, 0)
    window.settled(80, 1.0)
    window.came(39, 1.01)
    assert not window.is_full(80)
    window.came(1, 1.02)
    assert window.is_full(80)
    stuck(window, 20, 2.0)
    window.settled(20, 3.0)
    window.came(500, 3.01)  # mosquitto 2.0.11 then sends all it has
    stuck(window, 60, 4.0)
    window.settled(60, 4.2)
    window.came(60, 4.3)
    assert window.size == 20


def test_what_goes_on_by_itself_and_what_comes_late_are_no_answers() -> None:
    window = Window()
    stuck(window, 20, 0)
    window.came(5, 0.2)
    window.settled(25, 1.0)
    window.came(25, 1.01)
    assert window.size is None
    stuck(window, 20, 2.0)
    window.settled(20, 3.0)
    window.came(20, 3.5)
    assert window.size is None


def test_a_window_without_answers_is_forgotten_and_not_looked_for_for_a_while() -> None:
    """Fifty sensors that report once a second look like a window of fifty while the buffer's timer is a second, too."""
    window, early, at_s = Window(), 0, 0.0
    while at_s < DOUBT_S:
        stuck(window, 50, at_s)
        early += window.is_full(50)
        window.settled(50, at_s + (0.1 if window.is_full(50) else 0.99))
        at_s += 1.0
    assert early == MISSES and window.size is None


def test_the_end_of_a_stream_is_not_the_end_of_its_window() -> None:
    window = Window()
    for at_s in range(0, 100, 10):
        stuck(window, 20, at_s)
        window.settled(20, at_s + 1.0)
        window.came(20, at_s + 1.01)
        stuck(window, 20, at_s + 1.1)
        window.settled(20, at_s + 1.2)  # the last ones: nothing follows
    assert window.size == 20
