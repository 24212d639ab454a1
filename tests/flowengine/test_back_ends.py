"""flowengine/back_ends.py: the editor is found as nodes and commands are, and its absence is no fault."""

from __future__ import annotations

from flowengine.back_ends import back_end


def test_what_is_installed_is_found_by_its_name() -> None:
    for name in ("editor", "management"):
        made = back_end(name)
        assert made is not None and made.__module__.startswith("web_editor.")


def test_what_nobody_offers_is_none() -> None:
    assert back_end("telegraph") is None
