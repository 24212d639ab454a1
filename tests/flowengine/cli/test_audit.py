"""`flowengine audit export` prints every line that was noted, oldest first, and makes no file."""

import json
from pathlib import Path

import pytest

from flowengine import cli
from flowengine.cli.audit import SLICE
from flowengine.store.audit import Audit
from flowengine.testing.clock import ManualClock


@pytest.fixture
def data(tmp_path: Path) -> Path:
    audit = Audit(tmp_path, ManualClock(1_700_000_000_000_000_000))
    audit.record("ann", "deploy", "plant", "größer")
    audit.record("bob", "login", "bob")
    audit.close()
    return tmp_path


def test_every_line_is_an_object_oldest_first(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "export", "--data", str(data)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {
        "id": 1, "time": "2023-11-14T22:13:20.000000Z", "user": "ann", "action": "deploy", "subject": "plant",
        "detail": "größer",
    }  # fmt: skip
    assert second["user"] == "bob"


def test_one_user_alone_can_be_asked_for(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "export", "--user", "bob", "--data", str(data)]) == 0
    assert [json.loads(line)["user"] for line in capsys.readouterr().out.splitlines()] == ["bob"]


def test_more_than_a_slice_is_exported_without_a_gap(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SLICE > 2
    monkeypatch.setattr("flowengine.cli.audit.SLICE", 1)
    assert cli.main(["audit", "export", "--data", str(data)]) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [1, 2]


def test_an_audit_that_holds_nothing_yet_has_no_line_and_is_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit", "export", "--data", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out == "" and "nothing was done yet" in told.err and not any(tmp_path.iterdir())


def test_a_folder_that_is_not_there_and_an_audit_that_is_gone_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit", "export", "--data", str(tmp_path / "nowhere")]) == 1
    assert "no data folder" in capsys.readouterr().err
    (data / "audit.db").unlink()
    assert cli.main(["audit", "export", "--data", str(data)]) == 1
    assert "was there and is missing" in capsys.readouterr().err


def test_a_damaged_audit_is_left_to_the_engine(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "audit.db").write_bytes(b"no database at all, " * 400)
    assert cli.main(["audit", "export", "--data", str(data)]) == 1
    assert "cannot read the audit" in capsys.readouterr().err and not list(data.glob("*.damaged-*"))
