"""A bare Debian in a folder, made by debootstrap once and copied for each trial; without a network. Needs root."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

SUITE = os.environ.get("FLOWENGINE_SUITE", "bookworm")
MOUNTED = """
set -e
ip link set lo up
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
if [ -n "$WRITABLE" ]; then
    mount --bind "$0$WRITABLE" "$0$WRITABLE"
    mount -t tmpfs tmpfs "$0/tmp"
    mount -o remount,bind,ro "$0"
fi
exec chroot "$0" /usr/bin/env -i "$@"
"""
CLEAN = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8")


def base(cache: Path) -> Path:
    """The archive of a minimal Debian with python3, made where it is missing."""
    archive = cache / f"chroot-{SUITE}.tar"
    if not archive.exists():
        folder = cache / f"chroot-{SUITE}.new"
        subprocess.run(["rm", "-rf", folder], check=True)
        command = ["debootstrap", "--variant=minbase", "--include=python3,ca-certificates", SUITE, str(folder)]
        subprocess.run([*command, *_mirror()], check=True, stdout=subprocess.DEVNULL, timeout=600)
        subprocess.run(["tar", "--numeric-owner", "-cf", f"{archive}.part", "-C", folder, "."], check=True)
        os.replace(f"{archive}.part", archive)
        subprocess.run(["rm", "-rf", folder], check=True)
    return archive


def _mirror() -> list[str]:
    """Where this machine's own Debian packages come from, as its apt says."""
    ask = ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(RELEASE)|$(REPO_URI)"]
    rows = [row.split("|") for row in subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()]
    return [uri for origin, release, uri in rows if origin == "Debian" and "-" not in release][:1]


class Chroot:
    """A root in a folder; commands run as root in it, in name spaces of their own, and end with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def copied(cls, archive: Path, folder: Path) -> Chroot:
        """What the archive holds, in `folder`."""
        subprocess.run(["tar", "--numeric-owner", "-xpf", archive, "-C", folder], check=True)
        return cls(folder)

    def run(
        self, script: str, *, user: str = "root", status: int = 0, within_s: float = 120, writable: str = ""
    ) -> str:
        """What a shell script printed; fails unless it ended with `status`. No network but its own loopback.

        `user` is a name or `UID:GID`; with `writable`, all but that folder and /tmp is read-only.
        """
        uid, _, gid = user.partition(":")
        groups = "--clear-groups" if gid else "--init-groups"
        as_user = f"exec setpriv --reuid={uid} --regid={gid or uid} {groups} sh -ec {shlex.quote(script)}"
        words = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", MOUNTED]
        words += [str(self.folder), *CLEAN, "sh", "-ec", script if user == "root" else as_user]
        environment = {**os.environ, "WRITABLE": writable}
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=within_s, check=False
        )  # fmt: skip
        assert done.returncode == status, f"{script}\nended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def path(self, inside: str) -> Path:
        """Where a path of the copy lies here."""
        return self.folder / inside.lstrip("/")


if __name__ == "__main__":
    base(Path(".cache"))
