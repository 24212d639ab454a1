"""Which flow has which client id at a broker, kept in a file: a session must find its flow again after a restart.

One id is one session, and each flow has its own, so that none waits for another's acknowledgements. The first flow
that asks for an id gets it as it is, the others one with their name in it. Blocking. Never here: connecting.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from flowengine.store.files import replace

log = logging.getLogger(__name__)
FILE = "client_ids.json"
Claims = dict[str, dict[str, str]]
"""By address and wanted id: flows and the ids they have."""


def claim(folder: Path, address: str, wanted: str, flow: str, instead: str) -> str:
    """The client id of this flow: `wanted`, or `instead` where another flow has that; always the same one."""
    claims = _read(folder / FILE)
    holders = claims.setdefault(f"{address} {wanted}", {})
    if flow not in holders:
        holders[flow] = instead if wanted in holders.values() else wanted
        try:
            replace(folder / FILE, [msgspec.json.format(msgspec.json.encode(claims))])
        except OSError as fault:
            log.warning("cannot write %s (%s): after a restart flows may have other client ids", FILE, fault)
    return holders[flow]


def _read(file: Path) -> Claims:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Claims)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as fault:
        log.warning("cannot read %s (%s): flows may get other client ids than before", file.name, fault)
        return {}
