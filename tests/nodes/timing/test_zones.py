"""nodes/timing/zones.py"""

from __future__ import annotations

import pytest

from nodes.timing.zones import zone_of


def test_a_zone_is_found_by_its_name() -> None:
    assert zone_of("Europe/Paris").key == "Europe/Paris"


@pytest.mark.parametrize("name", ["Mars/Olympus", "yes", "", "Europe", "../etc/passwd", "a\0b"])
def test_whatever_is_no_zone_is_refused_alike(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        zone_of(name)
