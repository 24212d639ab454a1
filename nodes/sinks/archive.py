"""`archive`: pack files of a folder into one archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, HostFile, Message, Messages, Rejected, Sink, Size, Unavailable
from flowengine.counts import count_of
from nodes.files.archive import Entry, TooMuch, files_below, pack
from nodes.files.archive_manifest import ArchiveManifest
from nodes.files.faults import is_of_the_name, words_of
from nodes.files.safe_open import RelativePath, relative_parts


class ArchiveConfig(Config):
    """Settings of `archive`."""

    root: Annotated[str, Field(min_length=1)]
    """Folder whose files are packed. Links in it are neither packed nor followed."""

    paths: list[str] = Field(default=["*"], min_length=1)
    """Which of them, by their path below `root`; `*` stands for anything, also across folders: `*.yaml`, `logs/*`."""

    into: str | None = None
    """Folder for archives; by default one of this node in the data folder."""

    name: RelativePath
    """Name of the archive below `into`, without its ending, such as `backup-{time:%Y-%m-%dT%H%M%S}`."""

    empty: Literal["reject", "pass"] = "reject"
    """What a folder without a file that fits is: a fault, or nothing to keep yet (`file` is null)."""

    full_every: Duration | None = None
    """Pack all files this often, and in between only those that are new or changed since then: names end in `-full` or
    `-changes`. A restore needs the last full archive and the newest one after it."""

    format: Literal["tar.gz", "tar", "zip"] = "tar.gz"
    """Kind of archive, and its ending."""

    max_files: PositiveInt = 100_000
    """More files are an error, not an archive."""

    max_bytes: Size = 2**40
    """Larger files, taken together and unpacked, are an error."""

    def host_files(self) -> Sequence[HostFile]:
        """The folders that are named."""
        return self.files_in("root", "into", folder=True)


class Archive(Sink):
    """Make an archive for each message, with `NAME.sha256` beside it; answer file, size, checksum and count.

    Nothing is there until the whole archive is on disk. An archive of the same name is replaced. Where nothing changed
    since the last full archive, or there is no file yet and `empty` passes that, none is made, and `file` is null.
    """

    config: ArchiveConfig
    outputs = ("out",)
    merge = 1
    examples = (
        Example("Configuration every night", "{root: /etc/plant, name: 'config-{time:%Y-%m-%d}', into: /var/backups}"),
        Example("What people made, each hour", "{root: /srv/work, name: 'work-{time:%Y-%m-%dT%H}', full_every: 7d}"),
        Example("Logs as zip", "{root: /var/log/plant, paths: ['*.log'], name: 'logs-{time:%Y-%m-%d}', format: zip}"),
    )

    def start(self) -> None:
        config = self.config
        self._root = Path(config.real(config.root))
        self._into = Path(config.real(config.into or self.context.data_dir / "archives"))

    async def write(self, messages: Messages) -> list[Message]:
        return [message.with_payload(await self._pack(message)) for message in messages]

    async def _pack(self, message: Message) -> dict[str, object]:
        name = self.config.name.fill(message)
        try:
            relative_parts(name)
        except ValueError as fault:
            raise Rejected(f"cannot write {name[:100]!r}: {fault}") from fault
        try:
            return await asyncio.to_thread(self._packed, name, self.context.clock.time_ns())
        except TooMuch as fault:
            raise Rejected(str(fault)) from fault
        except FileNotFoundError as fault:
            raise Rejected(f"cannot read {fault.filename}: {words_of(fault)}") from fault
        except OSError as fault:
            kind = Rejected if is_of_the_name(fault, self._root, self._into) else Unavailable
            raise kind(f"cannot write {name[:100]!r}: {words_of(fault)}") from fault

    def _packed(self, name: str, now_ns: int) -> dict[str, object]:
        config, root = self.config, self._root
        entries = files_below(root, config.paths, config.max_files)
        if sum(entry.size_bytes for entry in entries) > config.max_bytes:
            raise TooMuch(f"more than {count_of(config.max_bytes, 'byte')} fit below {root}")
        if not entries and config.empty == "pass":
            return NOTHING
        if not entries:
            raise TooMuch(f"no file below {root} fits")
        if config.full_every is None:
            return self._made(entries, f"{name}.{config.format}")
        last = ArchiveManifest(self.context.data_dir / "last_full")
        changed = last.changed(entries, now_ns, int(config.full_every * 1e9))
        if changed is None:
            told = self._made(entries, f"{name}-full.{config.format}")
            last.keep(entries, now_ns)
            return told
        if not changed:
            return NOTHING
        return self._made(changed, f"{name}-changes.{config.format}")

    def _made(self, entries: Sequence[Entry], path: str) -> dict[str, object]:
        packed = pack(self._root, entries, self._into, path, self.config.format)
        return {**packed._asdict(), "file": str(packed.file)}


NOTHING: dict[str, object] = {"file": None, "size_bytes": 0, "sha256": None, "files": 0}
