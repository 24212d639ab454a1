"""Secrets that people typed in: kept by their owner alone, sealed where there is a key, and found by flows last."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.secrets import SecretStore, Unreadable
from flowengine.store.kept_secrets import KeptSecrets

KEY = b"k" * 32
VALUE = "correct horse battery staple"


def test_a_secret_comes_back_with_who_and_when(tmp_path: Path) -> None:
    kept = KeptSecrets(tmp_path / "secrets")
    kept.put("broker", VALUE, "ada")
    about = kept.about("broker")
    assert kept.get("broker") == VALUE and about is not None and about.by == "ada" and about.at_ns > 0
    file = tmp_path / "secrets" / "broker"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    kept.remove("broker")
    assert kept.get("broker") is None and kept.names() == []


def test_with_a_key_nothing_of_a_secret_lies_on_the_disk(tmp_path: Path) -> None:
    KeptSecrets(tmp_path).put("old", VALUE, "ada")
    kept = KeptSecrets(tmp_path, KEY)
    kept.put("broker", VALUE, "ada")
    kept.seal_all()
    assert kept.get("broker") == kept.get("old") == VALUE
    for file in tmp_path.iterdir():
        assert b"horse" not in file.read_bytes()


def test_another_key_another_name_or_a_flipped_bit_opens_nothing(tmp_path: Path) -> None:
    kept = KeptSecrets(tmp_path, KEY)
    kept.put("broker", VALUE, "ada")
    (tmp_path / "other").write_bytes((tmp_path / "broker").read_bytes())
    with pytest.raises(Unreadable, match="another key"):
        kept.get("other")
    with pytest.raises(Unreadable, match="another key"):
        KeptSecrets(tmp_path, b"q" * 32).get("broker")
    with pytest.raises(Unreadable, match="no credential 'flowengine_key'"):
        KeptSecrets(tmp_path).get("broker")
    (tmp_path / "broker").write_bytes(b"{")
    with pytest.raises(Unreadable, match="cannot be read"):
        kept.get("broker")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "1st", "a b", "x" * 65, "flowengine_key"])
def test_a_name_that_is_no_name_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        KeptSecrets(tmp_path).put(name, VALUE, "ada")
    assert list(tmp_path.iterdir()) == [] and KeptSecrets(tmp_path).get(name) is None


@pytest.mark.parametrize("value", ["", " \n", "a\0b", "x" * 65_537])
def test_an_empty_or_endless_secret_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValueError, match="at most 64 KiB"):
        KeptSecrets(tmp_path).put("broker", value, "ada")


@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip))
def test_any_text_comes_back_exactly(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    for kept in (KeptSecrets(folder), KeptSecrets(folder, KEY)):
        kept.put("broker", value, "ada")
        assert kept.get("broker") == value


def test_what_the_owner_of_the_machine_gives_wins(tmp_path: Path) -> None:
    kept = KeptSecrets(tmp_path)
    kept.put("broker", VALUE, "ada")
    assert SecretStore({}, kept=kept).get("broker") == VALUE
    assert SecretStore({"FLOWENGINE_SECRET_BROKER": "the owner's"}, kept=kept).get("broker") == "the owner's"
    assert SecretStore({}, allowed=["tsdb"], kept=kept).get("broker") is None


def test_the_key_is_a_credential_that_no_flow_can_name(tmp_path: Path) -> None:
    (tmp_path / "secret_flowengine_key").write_bytes(KEY + b"\n")
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    kept = KeptSecrets.of(tmp_path / "data", credentials)
    assert kept.seals and not KeptSecrets.of(tmp_path / "data", {}).seals
    for name in ("flowengine_key", "secret_flowengine_key"):
        assert SecretStore(credentials, kept=kept).get(name) is None
    (tmp_path / "secret_flowengine_key").write_bytes(b"short")
    with pytest.raises(Unreadable, match="fewer than 32 bytes"):
        KeptSecrets.of(tmp_path / "data", credentials)
