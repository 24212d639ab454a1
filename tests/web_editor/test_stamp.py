"""An editor that was built before its sources changed says so, in the log and in the browser."""

from pathlib import Path

import pytest

from tests.web_editor.conftest import close_house, open_house
from web_editor.stamp import digest, is_stale, write


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built editor beside its sources."""
    (tmp_path / "ui" / "src").mkdir(parents=True)
    (tmp_path / "ui" / "src" / "main.ts").write_text("first")
    (tmp_path / "dist").mkdir()
    write(tmp_path / "dist")
    return tmp_path / "dist"


def test_a_changed_a_new_or_a_removed_source_makes_it_stale(dist: Path) -> None:
    source = dist.parent / "ui" / "src" / "main.ts"
    assert not is_stale(dist)
    source.write_text("second")
    assert is_stale(dist)
    source.write_text("first")
    other = source.with_name("other.ts")
    other.write_text("")
    assert is_stale(dist)
    other.unlink()
    assert not is_stale(dist)
    source.unlink()
    assert is_stale(dist)


def test_without_sources_or_without_a_stamp_nothing_is_said(dist: Path) -> None:
    (dist / ".stamp").unlink()
    assert not is_stale(dist)
    write(dist)
    (dist.parent / "ui").rename(dist.parent / "elsewhere")
    assert not is_stale(dist)


def test_what_is_no_source_does_not_count(dist: Path) -> None:
    before = digest(dist.parent / "ui")
    (dist.parent / "ui" / "node_modules").mkdir()
    (dist.parent / "ui" / "node_modules" / "x.ts").write_text("")
    assert digest(dist.parent / "ui") == before


async def test_a_stale_editor_is_told_at_the_start(
    tmp_path: Path, dist: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (dist.parent / "ui" / "src" / "main.ts").write_text("second")
    house = await open_house(tmp_path)
    assert (await house.call("GET", "session", role=None)).json["stale_ui"] is True
    assert "older than its sources" in caplog.text
    await close_house(house)
    write(dist)
    house = await open_house(tmp_path)
    assert (await house.call("GET", "session", role=None)).json["stale_ui"] is False
    await close_house(house)
