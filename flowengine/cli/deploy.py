"""Check flows and have a cluster run them: every worker follows, what did not change runs on."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING

from flowengine.cli.cluster_options import add_servers, connected, reached
from flowengine.cli.options import add_settings, nothing_in, settings_of
from flowengine.cli.server_binding import refuse, take_folder
from flowengine.counts import count_of
from flowengine.engine import Engine
from flowengine.flow.files import find
from flowengine.flow.load import Loaded
from flowengine.flow.model import Flow
from flowengine.runtime.plan import plan
from flowengine.store.data_format import NotOurData, take_over
from flowengine.store.leases import FileLeases

if TYPE_CHECKING:
    from flowengine.cluster.adopting import Adoption
    from flowengine.store.jetstream.keys import StreamKeys

EXAMPLES = """examples:
  flowengine deploy flows/ --nats nats://a,nats://b,nats://c
  flowengine deploy flows/ --dir try/ --dry-run
  flowengine deploy flows/ --nats nats://a,nats://b,nats://c --adopt /var/lib/flowengine

exit status: 0 deployed or nothing to do, 1 a flow has problems, 2 refused, 3 with --dry-run: something would change"""
CHANGES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="flow files, or folders of them")
    parser.add_argument(
        "--adopt", type=Path, metavar="DATA",
        help="the data folder of an engine that is stopped: what waits in the spools of these flows and what their "
        "nodes remember moves into the cluster, which must not run them yet",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    add_servers(parser)
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Check all, then write what changed."""
    from flowengine.cluster.stages import CannotCut, stages_of

    engine = Engine(settings_of(options))
    files = find(options.paths)
    if not files:
        print(f"flowengine: {nothing_in(options.paths)}")
        return 2
    loaded: list[tuple[Path, Loaded]] = []
    for file in files:
        try:
            loaded.append((file, engine.load_file(file)))
            if loaded[-1][1].ok:
                stages_of(loaded[-1][1].flow)
        except (OSError, CannotCut) as fault:
            print(f"flowengine: {file}: {fault}")
            return 1
    problems = [str(problem) for _, each in loaded if not each.ok for problem in each.problems]
    if problems:
        print("\n".join(problems))
        return 1
    flows = [(file, each.flow) for file, each in loaded]
    if options.adopt is None:
        return asyncio.run(_deploy(options, engine, flows))
    if not options.adopt.is_dir():
        refuse(f"there is no folder {options.adopt}")
    lease = take_folder(FileLeases(options.adopt), options.adopt)
    try:
        take_over(options.adopt)
        return asyncio.run(_deploy(options, engine, flows))
    except NotOurData as fault:
        refuse(str(fault))
    finally:
        lease.release()


async def _deploy(options: argparse.Namespace, engine: Engine, flows: list[tuple[Path, Flow]]) -> int:
    jetstream, keys = await connected(reached(options), "deploy")
    from flowengine.cluster import deployed
    from flowengine.cluster.adopting import CannotAdopt
    from flowengine.cluster.stages import stages_of
    from flowengine.store.port import Conflict

    try:
        there = await deployed.read_all(keys)
        changes = 0
        for file, flow in flows:
            wanted = deployed.gathered(file, flow.name, getpass.getuser(), time.time_ns())
            before, revision = there.get(flow.name, (None, 0))
            if before is not None and before.files == wanted.files:
                print(f"{file}: flow {flow.name} runs as it is")
                continue
            changes += 1
            former = deployed.flow_in(before, engine, options.data) if before is not None else Flow(flow.name)
            if moved := deployed.moved_partitions(former, flow):
                print(f"flowengine: {file}: {moved}")
                return 2
            print(f"{file}: flow {flow.name}")
            for line in plan(former, flow).lines():
                print(f"  {line}")
            for stage in stages_of(flow):
                parts = f", {count_of(stage.partitions, 'partition')}" if stage.partitions > 1 else ""
                print(f"  stage {stage.name}: {count_of(len(stage.nodes), 'node')}{parts}")
            try:
                adoption = _adoption(options, keys, engine, flow, before is not None)
                if options.dry_run:
                    continue
                for line in await adoption.move() if adoption is not None else ():
                    print(f"  adopted: {line}")
                await deployed.write(keys, wanted, revision)
            except CannotAdopt as fault:
                print(f"flowengine: {file}: {fault}")
                return 2
            except Conflict:
                print(f"flowengine: somebody else deployed {flow.name} meanwhile; look again")
                return 2
            if adoption is not None:
                print(f"  what it had on one machine lies in {adoption.put_aside()}")
        return CHANGES if changes and options.dry_run else 0
    finally:
        await jetstream.close()


def _adoption(options: argparse.Namespace, keys: StreamKeys, engine: Engine, flow: Flow, runs: bool) -> Adoption | None:
    """What moves the flow, None where nothing was asked for. Raises `CannotAdopt` before anything is moved."""
    from flowengine.cluster.adopting import Adoption, CannotAdopt
    from flowengine.cluster.unit_stores import Namespace

    if options.adopt is None:
        return None
    if runs:
        raise CannotAdopt(f"{flow.name} runs in the cluster already: only its first deploy can --adopt")
    made = Adoption(flow, options.adopt, Namespace(keys.jetstream, reached(options).prefix), keys, engine.clock)
    made.check()
    return made
