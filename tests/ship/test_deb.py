"""ship/deb.py: what the package puts into the system is what the command of the same installation would."""

from __future__ import annotations

from pathlib import Path

from flowengine.cli.service_unit import DEFAULTS, unit
from ship.build import ROOT
from ship.deb import PREFIX, _system_files


def test_the_unit_of_the_package_is_that_of_service_install(tmp_path: Path) -> None:
    _system_files(tmp_path, ROOT)
    installed = (tmp_path / "usr/lib/systemd/system/flowengine.service").read_text()
    assert installed == unit(f"{PREFIX}/bin/flowengine") and "LimitNOFILE=" in installed
    assert (tmp_path / "etc/default/flowengine").read_text() == DEFAULTS
