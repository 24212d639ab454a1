"""A root is the folder that was meant when the flow started: a link that takes its place later opens nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodes.files.archive import files_below
from nodes.files.safe_open import folder_of, open_file, root_open

Swap = Callable[[Path, Path], None]


def by_itself(root: Path, elsewhere: Path) -> None:
    root.rename(root.with_name("moved"))
    root.symlink_to(elsewhere)


def above_it(root: Path, elsewhere: Path) -> None:
    root.parent.rename(root.parent.with_name("moved"))
    (elsewhere / root.name).mkdir()
    root.parent.symlink_to(elsewhere)


def by_a_link_to_nothing(root: Path, elsewhere: Path) -> None:
    root.rename(root.with_name("moved"))
    root.symlink_to(elsewhere / "missing")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "share/in"
    root.mkdir(parents=True)
    (root / "a.txt").write_text("ours")
    return root


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.txt").write_text("secret")
    return tmp_path / "elsewhere"


@pytest.mark.parametrize("swap", [by_itself, above_it, by_a_link_to_nothing])
@pytest.mark.parametrize("create", [False, True])
def test_a_link_that_takes_a_folders_place_opens_nothing(swap: Swap, create: bool, root: Path, elsewhere: Path) -> None:
    swap(root, elsewhere)
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(OSError, match="has become a link") as fault, folder_of(root, "sub/a.txt", create):
        pass
    assert fault.value.errno == errno.ESTALE and fault.value.filename == str(root)
    assert sorted(elsewhere.rglob("*")) == before


def test_a_folder_that_is_made_anew_is_the_one_that_was_meant(root: Path) -> None:
    root.rename(root.with_name("old"))
    with pytest.raises(FileNotFoundError), folder_of(root, "a.txt"):
        pass
    with folder_of(root, "a.txt", create=True) as (folder, name):
        os.close(open_file(folder, name, os.O_CREAT | os.O_WRONLY))
    assert (root / "a.txt").exists()


def test_a_folder_on_the_way_need_not_be_readable(root: Path) -> None:
    root.parent.chmod(0o311)
    with folder_of(root, "a.txt") as (folder, _):
        assert os.listdir(folder) == ["a.txt"]


def test_no_descriptor_is_left_open(root: Path, elsewhere: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a.txt", "no/a.txt", "a.txt/b.txt"):
        for _ in range(3):
            try:
                with folder_of(root, path):
                    pass
            except OSError:
                pass
    by_itself(root, elsewhere)
    with pytest.raises(OSError, match="link"), root_open(root):
        pass
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_becomes_a_link_during_a_walk_is_left_out(
    root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "sub").mkdir()
    (root / "sub/b.txt").touch()
    listed = os.scandir

    def swapping(folder: int) -> Any:
        found = listed(folder)
        if (root / "sub").is_dir() and not (root / "sub").is_symlink():
            entries = list(found)
            (root / "sub").rename(root.with_name("moved"))
            (root / "sub").symlink_to(elsewhere)
            return _Listing(entries)
        return found

    monkeypatch.setattr(os, "scandir", swapping)
    assert [entry.path for entry in files_below(root, ["*"], 10)] == ["a.txt"]


class _Listing(list[os.DirEntry[str]]):
    def __enter__(self) -> _Listing:
        return self

    def __exit__(self, *_: object) -> None:
        pass
