"""What an engine takes for itself before it runs: its data folder and its address, TLS, and nothing unprotected."""

from __future__ import annotations

import ipaddress
import os
import shlex
import sqlite3
import ssl
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from flowengine.engine import Engine
from flowengine.proxies import Proxies
from flowengine.server import Server
from flowengine.store.accounts import FILE, Accounts
from flowengine.store.marker import Marker
from flowengine.store.port import Lease, Leases, Taken

REFUSED = 2


def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """TLS with this certificate, None without one. Raises `SystemExit` when it cannot be used."""
    if certificate is None and key is None:
        return None
    if certificate is None:
        refuse("--tls-key needs --tls-cert")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        refuse(f"cannot use {certificate}: {fault.strerror or fault}")
    return context


def trusted_proxies(addresses: Iterable[str]) -> Proxies:
    """Proxies whose word is taken. Raises `SystemExit` for what is no address."""
    try:
        return Proxies(addresses)
    except ValueError as fault:
        refuse(f"--trusted-proxy takes an address or a network, such as 10.0.0.0/8: {fault}")


def has_users(data_dir: Path) -> bool:
    """Whether a first password was set there. Blocking."""
    accounts = Accounts(data_dir)
    try:
        return not accounts.first_start
    except (sqlite3.Error, OSError):
        return bool(Marker(data_dir / FILE))
    finally:
        accounts.close()


def refuse_unprotected(server: Server, has_users: Callable[[], bool], no_editor: bool, insecure: bool) -> None:
    """Raises `SystemExit` for an address beyond this machine without TLS or, with the editor, without a user."""
    if insecure or is_loopback(server.host):
        return
    missing = []
    if server.tls is None:
        missing.append("TLS (--tls-cert, --tls-key)")
    if not (no_editor or has_users()):
        missing.append("a user (flowengine user add NAME --role admin)")
    if missing:
        refuse(
            f"refusing to listen on {server.host}, which others can reach, without {' and '.join(missing)}; "
            "--insecure overrides, for use behind a proxy that does both"
        )


def take_folder(leases: Leases, folder: Path) -> Lease:
    """The lease on the data folder. Raises `SystemExit` where another engine has it: two would overwrite each other.

    And where everybody may write: whoever put a file of his there would be in our accounts and state.
    """
    if folder.is_dir() and folder.stat().st_mode & stat.S_IWOTH:
        refuse(f"everybody may write to the data folder {folder}: chmod o-w {shlex.quote(str(folder))}")
    try:
        return leases.take("engine", f"process {os.getpid()}")
    except Taken as holder:
        refuse(f"{holder} runs an engine on the data folder {folder} already; give each a --data of its own")
    except OSError as fault:
        refuse(f"cannot use the data folder {folder}: {fault.strerror}")


async def bind(server: Server) -> None:
    """Listen. Raises `SystemExit` where that cannot be."""
    try:
        await server.start()
    except OSError as fault:
        reason = str(fault.strerror).rpartition(": ")[2]  # without the libraries' words before it
        refuse(f"cannot listen on {server.host}:{server.port}: {reason}")


async def start(engine: Engine, server: Server) -> None:
    """The engine behind a server that listens; its port is let go of where that fails. Raises `SystemExit`."""
    try:
        await engine.start()
    except BaseException as fault:
        await server.stop()
        if isinstance(fault, OSError):
            refuse(f"cannot use the data folder {engine.settings.data_dir}: {fault.strerror}")
        raise


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse(reason: str) -> NoReturn:
    """Say why this does not start, and end with status 2."""
    print(f"flowengine: {reason}", file=sys.stderr)
    raise SystemExit(REFUSED)
