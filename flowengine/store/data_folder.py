"""Where things lie below the data folder: every path that more than one module must know. Makes no folder."""

from __future__ import annotations

from pathlib import Path

FLOWS, CONNECTIONS = "flows", "connections"
"""Folders of what each flow has, and of what connections keep."""

SPOOL = "spool"
"""In a node's folder: what waits for it."""

STATE = "state.msgpack"
"""In a flow's folder: what its nodes remember."""

CHECKPOINT = "checkpoint"
"""In a node's folder: its state with its place in the spool."""

LOCK = "lock"
"""In a spool's folder: held by whoever has it open."""

DEAD_LETTERS = "dead_letters.db"
"""In a node's folder: what it was given and nothing accepted."""

LEASES, SECRETS = "leases", "secrets"
"""Folders that are true for this machine alone, so that no copy has them."""

QUARANTINE = "quarantine"
"""In a spool's folder: what is damaged of it, for people to look at."""

CONTROL = "control.sock"
"""The socket by which commands ask the engine that runs here."""

NODE_TYPES = "node-types.json"
"""What the editor says of node types, from the last start; made anew when it is missing."""


def of_flow(data_dir: Path, flow: str) -> Path:
    """What one flow has: its state and the folders of its nodes."""
    return data_dir / FLOWS / flow


def of_node(data_dir: Path, flow: str, node: str) -> Path:
    """What one node has: its spool, its checkpoints and whatever it keeps by itself."""
    return of_flow(data_dir, flow) / node


def of_connections(data_dir: Path) -> Path:
    """What connections keep, a folder each."""
    return data_dir / CONNECTIONS


def of_secrets(data_dir: Path) -> Path:
    """Secrets that people typed in, a file each."""
    return data_dir / SECRETS


def of_leases(data_dir: Path) -> Path:
    """Who may write here: the engine that has the folder, and what it does for others."""
    return data_dir / LEASES


def of_cluster(data_dir: Path, flow: str, version: str) -> Path:
    """The files of a flow that was deployed to all workers, as this worker unpacked them."""
    return data_dir / "cluster" / f"{flow}.{version}"


def spools(data_dir: Path) -> list[Path]:
    """The folders of all spools. Blocking."""
    return sorted(data_dir.glob(f"flows/*/*/{SPOOL}"))


def checkpoints(data_dir: Path) -> list[Path]:
    """All checkpoints, with those kept from before. Blocking."""
    return sorted(data_dir.glob(f"flows/*/*/{CHECKPOINT}*"))


def dead_letters(data_dir: Path) -> list[Path]:
    """The files of all dead letters. Blocking."""
    return sorted(data_dir.glob(f"flows/*/*/{DEAD_LETTERS}"))


def states(data_dir: Path) -> list[Path]:
    """The states of all flows. Blocking."""
    return sorted(data_dir.glob(f"flows/*/{STATE}"))
