"""Descriptions of node classes are kept on disk until the code changes."""

import os
from pathlib import Path

import pytest

from flowengine.catalog import Catalog
from flowengine.store.data_folder import NODE_TYPES
from web_editor.palette.cached_description import cached_description


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A catalog of one type that lives in a package of its own."""
    name = f"toys_of_{tmp_path.name}"  # Python remembers packages longer than a test lasts
    folder = tmp_path / name / "sinks"
    folder.mkdir(parents=True)
    for file in (folder.parent / "__init__.py", folder / "__init__.py", folder / "toy.py"):
        file.write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    return Catalog([name])


def test_what_was_described_once_is_read_from_disk(tmp_path: Path, catalog: Catalog) -> None:
    assert cached_description(tmp_path, catalog, lambda: b'{"one": 1}\n') == b'{"one": 1}\n'
    assert cached_description(tmp_path, catalog, lambda: b"never") == b'{"one": 1}\n'


def test_only_its_owner_may_read_or_replace_it(tmp_path: Path, catalog: Catalog) -> None:
    cached_description(tmp_path, catalog, lambda: b"made")
    assert (tmp_path / NODE_TYPES).stat().st_mode & 0o777 == 0o600


def test_a_changed_source_is_described_anew(tmp_path: Path, catalog: Catalog) -> None:
    cached_description(tmp_path, catalog, lambda: b"old")
    os.utime(next(tmp_path.glob("*/sinks/toy.py")), ns=(1, 1))
    assert cached_description(tmp_path, catalog, lambda: b"new") == b"new"


def test_a_damaged_file_is_described_anew(tmp_path: Path, catalog: Catalog) -> None:
    cached_description(tmp_path, catalog, lambda: b"old")
    (tmp_path / NODE_TYPES).write_bytes(b"\xff\x00")
    assert cached_description(tmp_path, catalog, lambda: b"new") == b"new"


def test_a_disk_that_refuses_costs_only_time(tmp_path: Path, catalog: Catalog) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert cached_description(blocked / "data", catalog, lambda: b"made") == b"made"
