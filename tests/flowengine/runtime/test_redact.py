"""flowengine/runtime/redact.py: what is secret is starred, and what merely looks like it can be read."""

from __future__ import annotations

import msgspec
import pytest

from flowengine.runtime.redact import KnownSecrets


@pytest.fixture
def secrets() -> KnownSecrets:
    store = {"token": 'kV9"xQ2m', "pin": "pump", "code": "1234", "key": "hunter2", "longer": 'kV9"xQ2m-and-more'}
    known = KnownSecrets(store)
    for name in store:
        known.get(name)
    return known


def test_a_secret_is_starred_wherever_it_stands(secrets: KnownSecrets) -> None:
    assert secrets.text('url?token=kV9"xQ2m&x') == "url?token=•••&x"
    assert secrets.text('kV9"xQ2m-and-more') == "•••"
    encoded = msgspec.json.encode({'kV9"xQ2m': ['a kV9"xQ2m b', 3]})
    assert msgspec.json.decode(secrets.json(encoded)) == {"•••": ["a ••• b", 3]}


def test_a_short_secret_garbles_no_words_and_no_numbers(secrets: KnownSecrets) -> None:
    assert secrets.text("pump 1234 runs") == "pump 1234 runs"
    assert secrets.json(b'{"pump": "a pump"}') == b'{"pump": "a pump"}'


def test_a_short_secret_that_is_no_word_is_starred(secrets: KnownSecrets) -> None:
    assert secrets.text("login with hunter2 failed") == "login with ••• failed"


def test_a_secret_that_no_flow_asked_for_is_not_looked_for() -> None:
    assert KnownSecrets({"token": "correct-horse"}).text("a correct-horse") == "a correct-horse"
