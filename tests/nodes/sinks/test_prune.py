"""prune: by age and number, below its root, never through a link."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message, Rejected
from flowengine.testing import TestContext, make
from flowengine.testing.clock import START_NS
from nodes.files.archive import Entry, expired
from nodes.sinks.prune import Prune

DAY_NS = 86_400 * 10**9


@pytest.fixture
def backups(tmp_path):
    root = tmp_path / "backups"
    (root / "sub").mkdir(parents=True)
    for day in range(10):
        file = root / f"b-{day}.tar.gz" if day % 2 else root / "sub" / f"b-{day}.tar.gz"
        file.write_bytes(b"x" * 100)
        os.utime(file, ns=(0, START_NS - day * DAY_NS))
    (root / "notes.txt").write_text("keep me")
    os.utime(root / "notes.txt", ns=(0, 0))
    outside = tmp_path / "b-old.tar.gz"
    outside.touch()
    os.utime(outside, ns=(0, 0))
    (root / "b-link.tar.gz").symlink_to(outside)
    return root


def names(root):
    return sorted(path.name for path in root.rglob("b-*") if not path.is_symlink())


async def told(root, options):
    node = make(Prune, f"{{root: {root}, paths: ['*b-*.tar.gz'], {options}}}", TestContext())
    [answer] = await node.write([Message(1)])
    return answer.payload


async def test_what_is_too_old_goes_except_the_newest(backups):
    assert await told(backups, "older_than: 6d12h") == {
        "removed": 3, "removed_bytes": 300, "failed": 0, "kept": 7,
        "files": ["b-9.tar.gz", "sub/b-8.tar.gz", "b-7.tar.gz"],
    }  # fmt: skip
    assert names(backups) == [f"b-{day}.tar.gz" for day in range(7)]
    assert (await told(backups, "older_than: 1h, keep: 5"))["removed"] == 2
    assert (await told(backups, "keep: 2"))["removed"] == 3
    assert names(backups) == ["b-0.tar.gz", "b-1.tar.gz"]


async def test_links_and_other_files_stay(backups, tmp_path):
    await told(backups, "older_than: 0s")
    assert (backups / "b-link.tar.gz").is_symlink() and (tmp_path / "b-old.tar.gz").exists()
    assert (backups / "notes.txt").read_text() == "keep me"


async def test_a_dry_run_only_says_what_it_would_do(backups):
    assert (await told(backups, "older_than: 1h, dry_run: true"))["removed"] == 9
    assert len(names(backups)) == 10


async def test_too_many_files_or_no_folder_are_errors_and_nothing_goes(backups, tmp_path):
    with pytest.raises(Rejected, match="more than 3 files"):
        await told(backups, "keep: 1, max_files: 3")
    with pytest.raises(Rejected):
        await told(tmp_path / "missing", "keep: 1")
    assert len(names(backups)) == 10
    assert Prune.check(Prune.config_type().model_validate({"root": "/x", "paths": ["*"]}))


ENTRIES = st.lists(
    st.builds(Entry, st.text(min_size=1), st.integers(0, 9), st.integers(0, 100)), unique_by=lambda e: e[0]
)


@given(ENTRIES, st.integers(0, 120), st.none() | st.integers(0, 50), st.none() | st.integers(1, 5))
def test_the_newest_stay_and_all_others_older_than_the_limit_go(entries, now_ns, older_ns, keep):
    gone = expired(entries, now_ns, older_ns, keep)
    stay = [entry for entry in entries if entry not in gone]
    assert len(stay) >= min(keep or 0, len(entries))
    assert older_ns is None or all(entry.changed_ns < now_ns - older_ns for entry in gone)
    if len(stay) > (keep or 0):
        assert older_ns is not None and any(entry.changed_ns >= now_ns - older_ns for entry in stay)
    assert all(old.changed_ns <= new.changed_ns for old in gone for new in stay)


@pytest.mark.parametrize("root", ["n" * 300, "loop", "file.txt", "file.txt/below", "a\0b", "missing"])
async def test_a_root_that_can_be_no_folder_is_rejected_and_not_waited_for(root, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file.txt").touch()
    config = Prune.config_type().model_validate({"root": str(tmp_path / root), "paths": ["*"], "keep": 1})
    with pytest.raises(Rejected):
        await Prune(config, TestContext()).write([Message(1)])
