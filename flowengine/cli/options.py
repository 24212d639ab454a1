"""Arguments that several commands share, and what becomes of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowengine.engine import Settings
from flowengine.flow.document import scalar
from flowengine.flow.host_files import HostFiles
from flowengine.runtime.redact import KnownSecrets
from flowengine.secrets import SecretStore, Unreadable, environment
from flowengine.store.kept_secrets import KeptSecrets

DATA_DIR = Path(".flowengine")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Arguments that say which variables, secrets and data a flow gets."""
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE",
        help="replace a variable of the flows; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="NAME=value lines; the environment wins over them"
    )
    parser.add_argument("--secrets", type=folder, metavar="DIR", help="folder of secrets, one file each, mode 600")
    add_nodes(parser)
    parser.add_argument(
        "--allow-secrets", action="append", metavar="NAME", help="secrets that flows may use; `*` stands for anything",
    )  # fmt: skip
    parser.add_argument(
        "--allow-files", action="append", default=[], type=Path, metavar="DIR",
        help="folder whose files flows may read, write and name; beside it the flows' own",
    )  # fmt: skip
    parser.add_argument(
        "--data", type=Path, default=DATA_DIR, metavar="DIR", help=f"state, spools, history (default {DATA_DIR})"
    )


def add_nodes(parser: argparse.ArgumentParser) -> None:
    """The argument that names folders of node files."""
    parser.add_argument(
        "--nodes", type=_nodes, action="append", metavar="DIR",
        help="load node files of this folder too (transforms/NAME.py and so on); they run with this program's rights",
    )  # fmt: skip


def _nodes(folder: str) -> Path:
    from flowengine.catalog.local import BadNodes, use_folder

    try:
        use_folder(Path(folder))
    except BadNodes as fault:
        raise SystemExit(f"flowengine: --nodes: {fault}") from None
    return Path(folder)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that the arguments ask for. Raises `SystemExit` for a wrong one."""
    try:
        env = environment(options.env_file)
    except OSError as fault:
        raise SystemExit(f"flowengine: cannot read {options.env_file}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise SystemExit(f"flowengine: {options.env_file} is no text in UTF-8") from None
    try:
        kept = KeptSecrets.of(options.data, env)
    except (OSError, Unreadable) as fault:
        raise SystemExit(f"flowengine: {fault}") from None
    secrets = KnownSecrets(SecretStore(env, options.secrets, options.allow_secrets, kept))
    options.star = secrets.text  # for what the command may still raise
    return Settings(options.data, env, secrets, overrides(options.overrides), files=host_files(options), kept=kept)


def host_files(options: argparse.Namespace) -> HostFiles:
    """Which files flows may name: those beside them, and below `--allow-files`; never our own."""
    folders = [path if path.is_dir() else path.parent for path in getattr(options, "paths", ())]
    ours = [path for path in (options.secrets, options.env_file, getattr(options, "tls_key", None)) if path]
    return HostFiles(options.data, [*folders, *options.allow_files], ours)


def folder(path: str | Path) -> Path:
    """A folder that an argument names. Raises `SystemExit` where there is none."""
    if not os.path.isdir(path):
        raise SystemExit(f"flowengine: {path} is no folder")
    return Path(path)


def refuse_missing(options: argparse.Namespace) -> None:
    """Raises `SystemExit` for a folder of `--allow-files` that is not there: no flow could tell why it reaches none."""
    for path in options.allow_files:
        folder(path)


def programs(given: list[str]) -> dict[str, Path]:
    """Programs of `--allow-exec name=path` by name. Raises `SystemExit` for one that cannot be run."""
    found = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not name or not os.path.isabs(path) or not os.access(path, os.X_OK) or os.path.isdir(path):
            raise SystemExit(f"flowengine: --allow-exec takes NAME=/PATH/OF/A/PROGRAM, not {text!r}")
        found[name] = Path(path)
    return found


def overrides(given: list[str]) -> dict[str, Any]:
    """Variables of `--set name=value` by name; `vars.` in front of a name may be written or not."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise SystemExit(f"flowengine: --set takes NAME=VALUE, not {text!r}")
        found[name.removeprefix("vars.")] = scalar(value)
    return found


def nothing_in(paths: Sequence[Path]) -> str:
    """What to tell somebody in whose folders no flow was found; folders are not searched deeper."""
    deeper = next((path for path in paths for file in path.glob("*/*.yaml") if file.is_file()), None)
    hint = f"; did you mean {deeper}/*/" if deeper else ""
    return f"no flow file in {', '.join(map(str, paths))}{hint}"
