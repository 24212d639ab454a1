"""Run flows as a service of systemd: print the unit, or install it with its user and folders."""

from __future__ import annotations

import argparse
import grp
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

from flowengine.cli.service_unit import DATA, DEFAULTS, DIALOUT, FLOWS, SECRETS, SETTINGS, UNIT, USER, unit
from flowengine.secrets import KEY
from flowengine.store.files import private
from flowengine.store.kept_secrets import KEY_BYTES

EXAMPLES = """examples:
  flowengine service unit                       print the unit
  sudo $(which flowengine) service install      user, folders, unit; enabled and started
  sudo $(which flowengine) service prepare      user and folders only, as the Debian package does

exit status: 0 done, 1 refused, for the reason that is printed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("unit", help="print the unit")
    actions.add_parser("prepare", help="make the user and the folders that it needs")
    install = actions.add_parser("install", help="prepare, write the unit, enable and start it")
    install.add_argument("--no-start", action="store_true", help="only write it")


def run(options: argparse.Namespace) -> int:
    """Do it."""
    if options.action == "unit":
        print(unit(command()), end="")
        return 0
    if os.geteuid() != 0:
        print(f"flowengine: this needs root: sudo {command()} service {options.action}", file=sys.stderr)
        return 1
    try:
        prepare()
        if options.action == "install":
            install(start=not options.no_start)
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"flowengine: {fault}", file=sys.stderr)
        return 1
    return 0


def command() -> str:
    """Where this very command lies."""
    given = Path(sys.argv[0])
    beside = Path(sys.executable).parent / "flowengine"
    return str(given.absolute() if given.name == "flowengine" else beside)


def prepare() -> None:
    """The user, the folders and the settings are there; what is there already stays as it is. Needs root."""
    if not _has(pwd.getpwnam, USER):
        home = ("--home-dir", str(DATA), "--no-create-home")
        _call("useradd", "--system", "--user-group", *home, "--shell", "/usr/sbin/nologin", USER)
    if _has(grp.getgrnam, DIALOUT):
        _call("usermod", "--append", "--groups", DIALOUT, USER)
    _folder(FLOWS.parent, "root", 0o755)
    _folder(FLOWS, USER, 0o755)
    _folder(SECRETS, "root", 0o700)
    if not (key := SECRETS / KEY).exists():
        with open(key, "x", opener=private) as file:
            file.write(f"{token_urlsafe(KEY_BYTES)}\n")
    _folder(DATA, USER, 0o700)
    if not SETTINGS.exists():
        SETTINGS.parent.mkdir(parents=True, exist_ok=True)
        SETTINGS.write_text(DEFAULTS)


def install(start: bool) -> None:
    """The unit is there, enabled, and runs. Needs root."""
    UNIT.parent.mkdir(parents=True, exist_ok=True)
    UNIT.write_text(unit(command()))
    print(f"wrote {UNIT}; flows are in {FLOWS}, secrets in {SECRETS}, options in {SETTINGS}, data in {DATA}")
    if not start or not Path("/run/systemd/system").is_dir():
        print("start it: systemctl daemon-reload && systemctl enable --now flowengine")
        return
    _call("systemctl", "daemon-reload")
    _call("systemctl", "enable", "--quiet", "--now", UNIT.name)
    print("it runs; systemctl status flowengine, journalctl -u flowengine")


def _folder(path: Path, owner: str, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    shutil.chown(path, owner, owner)
    path.chmod(mode)


def _has(ask: object, name: str) -> bool:
    try:
        ask(name)  # type: ignore[operator]
    except KeyError:
        return False
    return True


def _call(*words: str) -> None:
    subprocess.run(words, check=True)  # noqa: S603 -- our own words
