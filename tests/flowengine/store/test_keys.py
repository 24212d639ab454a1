"""Small facts: changed by compare-and-set, by one at a time, back after a restart."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from flowengine.store.keys import FileKeys
from flowengine.store.port import Conflict, Entry


def test_what_was_put_comes_back_with_its_revision(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path / "keys")
    assert keys.get("a") is None
    assert keys.put("a", b"one", 0) == 1 and keys.put("a", b"two") == 2
    assert FileKeys(tmp_path / "keys").get("a") == Entry(b"two", 2)


def test_a_change_of_what_is_not_there_any_more_is_refused(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path)
    keys.put("a", b"one")
    for revision in (0, 2):
        with pytest.raises(Conflict, match="a is at revision 1"):
            keys.put("a", b"two", revision)
    assert keys.get("a") == Entry(b"one", 1)


def test_of_many_who_change_the_same_none_overwrites_another(tmp_path: Path) -> None:
    def count_up() -> None:
        keys = FileKeys(tmp_path)
        for _ in range(10):
            while True:
                found = keys.get("n") or Entry(b"0", 0)
                try:
                    keys.put("n", str(int(found.value) + 1).encode(), found.revision)
                    break
                except Conflict:
                    continue

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert FileKeys(tmp_path).get("n") == Entry(b"40", 40)


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".lock", "A"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        FileKeys(tmp_path).put(name, b"")
