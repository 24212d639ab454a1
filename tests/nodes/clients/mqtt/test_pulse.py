"""A broker is asked when it was silent for a second; one that owes an answer for two is mute."""

from nodes.clients.mqtt.pulse import ASK_AFTER_S, PATIENCE_S, Pulse

KEEPALIVE_S = 30.0


def test_a_silent_broker_is_asked_once_and_again_when_it_has_answered() -> None:
    pulse = Pulse()
    assert not pulse.asks(10.0, 10.0, 10.0 + ASK_AFTER_S / 2, KEEPALIVE_S)
    assert pulse.asks(10.0, 10.0, 11.0, KEEPALIVE_S)
    assert not pulse.asks(10.0, 11.0, 12.0, KEEPALIVE_S), "it owes an answer"
    assert pulse.asks(12.5, 11.0, 13.5, KEEPALIVE_S), "it has answered at 12.5"


def test_one_that_owes_an_answer_for_longer_than_patience_is_mute_until_anything_is_heard() -> None:
    pulse = Pulse()
    assert pulse.asks(10.0, 10.0, 11.0, KEEPALIVE_S)
    assert not pulse.is_mute(10.0, 11.0 + PATIENCE_S)
    assert pulse.is_mute(10.0, 11.1 + PATIENCE_S)
    assert not pulse.is_mute(13.2, 13.3), "a message is an answer, too"


def test_a_busy_broker_that_hears_nothing_from_us_is_told_within_the_keepalive_that_we_are_there() -> None:
    pulse = Pulse()
    assert not pulse.asks(100.0, 80.0, 100.0, KEEPALIVE_S)
    assert pulse.asks(102.0, 80.0, 102.0, KEEPALIVE_S)


def test_a_mute_broker_is_asked_again_now_and_then_until_the_keepalive_ends_it() -> None:
    pulse = Pulse()
    asked = [second for second in range(1, 45) if pulse.asks(0.0, 0.0, float(second), KEEPALIVE_S)]
    assert asked == [1, 22, 33, 44]
