"""Who works on what, on one machine: a lock that ends with its process, and who it is beside it. Blocking."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from flowengine.store import data_folder
from flowengine.store.aside import put_aside
from flowengine.store.keys import FileKeys
from flowengine.store.misplaced import set_misplaced_aside
from flowengine.store.port import KeyValue, Taken
from flowengine.store.spool.disk import Disk, is_full

log = logging.getLogger("flowengine.store")


class Holder(msgspec.Struct):
    """Who took a lease last, as the how manyth."""

    owner: str
    epoch: int


class FileLease:
    """Held until it is released or its process ends, however it ends."""

    def __init__(self, handle: int, epoch: int):
        self._handle = handle
        self.epoch = epoch

    def release(self) -> None:
        """Let others have it; twice does no harm."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1


class FileLeases:
    """The `Leases` of one folder, which has one owner, whatever its lease is called.

    The folder itself is what is locked: that takes no file, so that a disk with no room for one does not matter.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._leases = data_folder.of_leases(folder)
        self._keys: KeyValue = FileKeys(self._leases)

    def take(self, name: str, owner: str) -> FileLease:
        """The lease, in whose folder all is what is meant there. Raises `Taken`, which names the owner, `OSError`."""
        Disk().make_folder(self._folder)
        try:
            handle = self._locked()
        except BlockingIOError:
            holder = self._holder(name)
            raise Taken(holder.owner if holder is not None else "somebody") from None
        try:
            set_misplaced_aside(self._folder)
            before = self._holder(name)
            epoch = 1 if before is None else before.epoch + 1
            self._publish(name, Holder(owner, epoch))
        except BaseException:
            os.close(handle)
            raise
        return FileLease(handle, epoch)

    def _locked(self) -> int:
        """A handle that holds the folder alone; of a file in it where the file system locks no folder, as NFS."""
        try:
            return Disk().lock_folder(self._folder)
        except BlockingIOError:
            raise
        except OSError:
            Disk().make_folder(self._leases)
            return Disk().lock(self._leases / ".engine.lock")

    def _publish(self, name: str, holder: Holder) -> None:
        """Tell others who has it. The lock is what counts: a full disk does not stop its holder."""
        try:
            self._keys.put(name, msgspec.msgpack.encode(holder))
        except OSError as fault:
            if not is_full(fault):
                raise
            log.error("the disk is full: others are not told that %s has the lease %s", holder.owner, name)

    def _holder(self, name: str) -> Holder | None:
        try:
            found = self._keys.get(name)
            return None if found is None else msgspec.msgpack.decode(found.value, type=Holder)
        except msgspec.DecodeError as fault:
            put_aside(self._leases / name, fault)
            return None
