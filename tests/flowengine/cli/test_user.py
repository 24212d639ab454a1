"""Users and tokens from the command line."""

import io
from pathlib import Path

import pytest

from flowengine.cli import main
from flowengine.store.accounts import Accounts
from flowengine.store.passwords import token_hash
from flowengine.store.tokens import Tokens

PASSWORD = "correct horse battery"


def flowengine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, given: str = PASSWORD) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(given + "\n"))
    return main([*arguments, "--data", str(tmp_path)])


def test_a_user_is_added_listed_changed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert flowengine(tmp_path, monkeypatch, "user", "add", "anna", "--role", "admin") == 0
    assert flowengine(tmp_path, monkeypatch, "user", "add", "bob") == 0
    accounts = Accounts(tmp_path)
    assert accounts.log_in("anna", PASSWORD) and not accounts.log_in("anna", "something else")
    assert flowengine(tmp_path, monkeypatch, "user", "passwd", "anna", given="another password") == 0
    assert accounts.log_in("anna", "another password") and not accounts.log_in("anna", PASSWORD)
    assert flowengine(tmp_path, monkeypatch, "user", "ls") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["anna", "admin"] and lines[1].split()[:2] == ["bob", "viewer"]
    assert flowengine(tmp_path, monkeypatch, "user", "rm", "bob") == 0
    assert [user.name for user in accounts.users()] == ["anna"]
    accounts.close()


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("user", "add", "anna"), PASSWORD, "already"),
        (("user", "add", "../x"), PASSWORD, "a name has"),
        (("user", "add", "carl"), "short", "10 to 200"),
        (("user", "rm", "anna"), "", "last admin"),
        (("user", "rm", "nobody"), "", "no user"),
        (("user", "passwd", "nobody"), PASSWORD, "no user"),
        (("token", "rm", "nobody"), "", "no token"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    arguments: tuple[str, ...],
    given: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert flowengine(tmp_path, monkeypatch, "user", "add", "anna", "--role", "admin") == 0
    assert flowengine(tmp_path, monkeypatch, *arguments, given=given) == 1
    assert said in capsys.readouterr().err


def test_a_token_is_printed_once_and_kept_as_a_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert flowengine(tmp_path, monkeypatch, "token", "add", "ci", "--role", "integrator", "--expires", "90d") == 0
    secret = capsys.readouterr().out.strip()
    accounts = Accounts(tmp_path)
    tokens = Tokens(accounts.file)
    found = tokens.find(token_hash(secret))
    assert found is not None and found.role == "integrator" and found.expires_ns
    accounts.close()
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    assert flowengine(tmp_path, monkeypatch, "token", "ls") == 0
    assert secret not in capsys.readouterr().out
    assert flowengine(tmp_path, monkeypatch, "token", "rm", "ci") == 0


def test_nobody_but_the_owner_may_read_the_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flowengine(tmp_path, monkeypatch, "user", "add", "anna", "--role", "admin")
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}
