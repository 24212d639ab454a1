"""An earlier flowengine as an engine under test: the commit in BENCH_BEFORE, by default the one before this.

It runs from its own files in the environment of the present one, so the dependencies are those of today.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from bench.adapters import flowengine
from bench.toolbox import CACHE, HERE


class Engine(flowengine.Engine):
    """As flowengine, from the files of that commit."""

    def source(self) -> Path:
        """Its files, unpacked once in the cache."""
        return unpacked(commit())


def commit() -> str:
    """The commit that is measured against. Raises `CalledProcessError` where there is none."""
    return _git("rev-parse", "--verify", os.environ.get("BENCH_BEFORE", "HEAD^") + "^{commit}").decode().strip()


@cache
def unpacked(name: str) -> Path:
    """The folder with the files of a commit; those of other commits are removed."""
    home = CACHE / "before"
    folder = home / name
    if not folder.exists():
        shutil.rmtree(home, ignore_errors=True)
        half = home / "half"
        half.mkdir(parents=True)
        # by `tar`: `extractall(filter=)` is missing in Python 3.11.2, and extracting without it warns from 3.12 on
        files = _git("archive", name, "flowengine", "nodes", "web_editor")
        subprocess.run(["tar", "--extract", "--directory", half], input=files, check=True)
        half.rename(folder)
    return folder


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=HERE.parent, check=True, capture_output=True).stdout
