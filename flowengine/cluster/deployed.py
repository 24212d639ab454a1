"""Flows that a cluster runs: their text and the files beside it, in the bucket; written by deploys, read by workers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from flowengine.counts import count_of
from flowengine.engine import Engine
from flowengine.flow.files import BESIDE
from flowengine.flow.model import Flow
from flowengine.store import data_folder
from flowengine.store.files import replace
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.units import token

FLOW = "flow"
MOST_BYTES = 900 * 1024


class Deployed(msgspec.Struct, frozen=True):
    """One flow: `files` are its text and what stands beside it, by path below its folder; none: it was taken away."""

    name: str
    file: str = ""
    files: dict[str, bytes] = {}
    author: str = ""
    at_ns: int = 0
    comment: str = ""


_decode = msgspec.msgpack.Decoder(Deployed).decode


def gathered(
    path: Path, name: str, author: str, at_ns: int, comment: str = "", without: Collection[str] = ()
) -> Deployed:
    """The flow in a file, with what stands beside it but `without`. Blocking.

    Raises `OSError`, and ValueError for too much.
    """
    folder = path.parent
    files = {path.name: path.read_bytes()}
    for beside in sorted(folder.rglob("*")):
        below = str(beside.relative_to(folder))
        is_part = beside.suffix in BESIDE and not beside.name.endswith(".layout.yaml") and below not in without
        if is_part and beside.is_file():
            files.setdefault(below, beside.read_bytes())
    found = Deployed(name, path.name, files, author, at_ns, comment)
    size = sum(map(len, files.values()))
    if size > MOST_BYTES:
        raise ValueError(
            f"{path} and what stands beside it have {count_of(size, 'byte')}; a cluster takes {MOST_BYTES}"
        )
    return found


async def read_all(keys: StreamKeys) -> dict[str, tuple[Deployed, int]]:
    """Every flow with its revision, by name. Raises `OSError`."""
    found = [(_decode(entry.value), entry.revision) for entry in (await keys.aentries(FLOW)).values()]
    return {each.name: (each, revision) for each, revision in found}


async def write(keys: StreamKeys, flow: Deployed, revision: int) -> int:
    """The revision of the change. Raises `Conflict` where somebody else deployed meanwhile, `OSError`."""
    return await keys.aput(f"{FLOW}.{token(flow.name)}", msgspec.msgpack.encode(flow), revision)


async def is_there(keys: StreamKeys, name: str) -> bool:
    """Whether the flow is deployed, as the leader of the bucket knows it. Raises `Away`."""
    return await keys.aget(f"{FLOW}.{token(name)}") is not None


async def take_away(keys: StreamKeys, name: str, revision: int) -> None:
    """Nobody runs it any more, unless it was deployed again since that revision. Raises `Away`."""
    await keys.adelete(f"{FLOW}.{token(name)}", revision)


def unpacked(flow: Deployed, folder: Path) -> Path:
    """The flow's file, with everything beside it below `folder`. Blocking."""
    for name, content in _inside(flow.files.items(), folder):
        replace(name, [content])
    return folder / flow.file


def _inside(files: Iterable[tuple[str, bytes]], folder: Path) -> Iterable[tuple[Path, bytes]]:
    for name, content in files:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise ValueError(f"{name} lies outside of the folder of its flow")
        yield path, content


def flow_in(flow: Deployed, engine: Engine, data_dir: Path) -> Flow:
    """What was deployed, read again; empty where it cannot be read here any more. Blocking."""
    folder = data_folder.of_cluster(data_dir, flow.name, "deployed")
    try:
        return engine.load_file(unpacked(flow, folder)).flow
    except (OSError, ValueError):
        return Flow(flow.name)


def moved_partitions(before: Flow, flow: Flow) -> str:
    """Why a flow cannot take the other's place while it runs; empty where it can."""
    for id, spec in flow.nodes.items():
        old = before.nodes.get(id)
        if old is None or old.durable is None or spec.durable is None:
            continue
        if old.durable.partitions != spec.durable.partitions:
            return (
                f"{id} has {count_of(old.durable.partitions, 'partition')}, and what waits lies in them by key; "
                "give the node another name (its wire begins empty), and deploy once the old one has drained"
            )
    return ""
