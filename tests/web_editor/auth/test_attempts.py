"""Wrong guesses lock nobody out but who made them."""

from __future__ import annotations

import pytest

from web_editor.auth.attempts import OF_ACCOUNT, OF_ADDRESS, Attempts
from web_editor.auth.throttle import BURST
from web_editor.problems import Fault

HERE, THERE = "192.0.2.1", "198.51.100.9"


def guess(attempts: Attempts, address: str, name: str, times: int = 1) -> int:
    """How many of these guesses were let through."""
    let = 0
    for _ in range(times):
        try:
            attempts.take(address, name, 0.0)
            let += 1
        except Fault:
            pass
    return let


def test_eight_guesses_from_elsewhere_do_not_lock_the_owner_out() -> None:
    attempts = Attempts()
    assert guess(attempts, THERE, "anna", 50) == BURST
    assert guess(attempts, HERE, "anna") == 1


def test_one_client_behind_a_proxy_does_not_lock_the_others_out() -> None:
    attempts = Attempts()
    assert guess(attempts, HERE, "anna", 50) == BURST
    assert guess(attempts, HERE, "otto") == 1


def test_guesses_at_many_accounts_from_one_address_are_bounded() -> None:
    attempts = Attempts()
    assert sum(guess(attempts, THERE, f"user{number}") for number in range(500)) == OF_ADDRESS


def test_guesses_at_one_account_from_many_addresses_are_bounded_and_leave_the_owner_alone() -> None:
    attempts = Attempts()
    attempts.right(HERE, "anna")
    assert sum(guess(attempts, f"203.0.113.{number}", "anna") for number in range(200)) == OF_ACCOUNT
    assert guess(attempts, HERE, "anna") == 1
    assert guess(attempts, "192.0.2.99", "anna") == 0


def test_an_attempt_comes_back_every_ten_seconds() -> None:
    attempts = Attempts()
    guess(attempts, HERE, "anna", BURST)
    with pytest.raises(Fault):
        attempts.take(HERE, "anna", 9.0)
    attempts.take(HERE, "anna", 20.0)
