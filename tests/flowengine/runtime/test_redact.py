"""flowengine/runtime/redact.py: what is secret is starred, and what merely looks like it can be read."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.runtime.redact import MOST, KnownSecrets


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


SECRET = "Kv9-xQ2m-Tr77-zz81"


@pytest.fixture
def one() -> KnownSecrets:
    known = KnownSecrets({"token": SECRET, "quoted": 'ab"c\\d9"ef\n77', "url": "https://me:p4ssw0rd@plant.example/x"})
    for name in ("token", "quoted", "url"):
        known.get(name)
    return known


@pytest.mark.parametrize(
    "changed", [SECRET.upper(), SECRET.lower(), SECRET[:9], SECRET[-9:], SECRET[4:12].upper(), SECRET[:6]]
)
def test_a_secret_is_starred_in_another_case_and_in_pieces(one: KnownSecrets, changed: str) -> None:
    assert one.text(f"refused <{changed}>") == "refused <•••>"
    encoded = msgspec.json.encode({"message": [f"refused <{changed}>"]})
    assert msgspec.json.decode(one.json(encoded)) == {"message": ["refused <•••>"]}


def test_a_secret_that_was_split_is_starred_in_all_parts_long_enough(one: KnownSecrets) -> None:
    parts = [SECRET[:7], SECRET[7:]]
    assert one.text(str(parts)) == "['•••', '•••']"


@given(st.text(max_size=30), st.integers(0, 12), st.integers(6, 18), st.text(max_size=30), st.booleans())
def test_no_piece_of_six_characters_is_left_wherever_it_stands(
    before: str, start: int, length: int, after: str, upper: bool
) -> None:
    known = KnownSecrets({"token": SECRET})
    known.get("token")
    piece = SECRET[start : start + length]
    shown = known.text(before + (piece.upper() if upper else piece) + after)
    assert not any(SECRET[at : at + 6].lower() in shown.lower() for at in range(len(SECRET) - 5))
    encoded = known.json(msgspec.json.encode([before + piece + after]))
    assert piece.lower() not in str(msgspec.json.decode(encoded)).lower()


def test_a_secret_with_quotes_is_found_in_a_document(one: KnownSecrets) -> None:
    for changed in ('AB"C\\D9"EF\n77', 'c\\d9"e'):
        assert msgspec.json.decode(one.json(msgspec.json.encode([changed]))) == ["•••"]


def test_pieces_that_are_words_or_common_to_addresses_garble_nothing() -> None:
    known = KnownSecrets({"a": "my-database-Pw1", "b": "https://me:p4ssw0rd@plant.example/x", "c": "======a====b9"})
    for name in "abc":
        known.get(name)
    for text in ("the database at https://example.org", "======", "a word", '{"database": "https://"}'):
        assert known.text(text) == text
        assert known.json(msgspec.json.encode(text)) == msgspec.json.encode(text)


def test_a_long_text_is_searched_for_whole_secrets_only_and_a_letter_of_two_moves_nothing(one: KnownSecrets) -> None:
    long = "x" * MOST
    assert one.text(long + SECRET.upper()) == long + "•••"
    assert one.text(long + SECRET[:8]) == long + SECRET[:8]
    assert one.text(f"İİİ{SECRET}İ{SECRET[:8]}!") == "İİİ•••İ•••!"


def test_a_secret_that_no_flow_asked_for_is_not_looked_for() -> None:
    assert KnownSecrets({"token": "correct-horse"}).text("a correct-horse") == "a correct-horse"
