"""`prune`: remove old files of a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, HostFile, Message, Messages, Rejected, Sink, Unavailable
from nodes.files.archive import TooMuch, expired, files_below, remove
from nodes.files.faults import is_of_the_name, words_of

NAMED = 100


class PruneConfig(Config):
    """Settings of `prune`."""

    root: Annotated[str, Field(min_length=1)]
    """Folder in which files are removed. Links in it are neither removed nor followed; folders stay."""

    paths: list[str] = Field(min_length=1)
    """Which files, by their path below `root`; `*` stands for anything, also across folders: `backup-*.tar.gz*`."""

    older_than: Duration | None = None
    """Remove what was changed longer ago."""

    keep: PositiveInt | None = None
    """Never remove this many of the newest; without `older_than` remove all others."""

    dry_run: bool = False
    """Only say what would be removed."""

    max_files: PositiveInt = 100_000
    """More files are an error, and none is removed."""

    def host_files(self) -> Sequence[HostFile]:
        """The folder that is named."""
        return self.files_in("root", folder=True)


class Prune(Sink):
    """Remove files by age and number for each message; answer how many went, their bytes and names."""

    config: PruneConfig
    outputs = ("out",)
    merge = 1
    examples = (
        Example("30 days of backups, never fewer than 3",
                "{root: /var/backups, paths: ['config-*'], older_than: 30d, keep: 3}"),
        Example("The newest ten", "{root: /srv/photos, paths: ['*.jpg'], keep: 10}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, PruneConfig)
        if config.older_than is None and config.keep is None:
            return [("older_than", "give `older_than`, `keep` or both")]
        return ()

    def start(self) -> None:
        self._root = Path(self.config.real(self.config.root))

    async def write(self, messages: Messages) -> list[Message]:
        return [message.with_payload(await self._prune()) for message in messages]

    async def _prune(self) -> dict[str, Any]:
        try:
            return await asyncio.to_thread(self._pruned, self.context.clock.time_ns())
        except TooMuch as fault:
            raise Rejected(str(fault)) from fault
        except (OSError, ValueError) as fault:
            kind = Rejected if isinstance(fault, FileNotFoundError) or is_of_the_name(fault) else Unavailable
            raise kind(f"cannot read {self.config.root[:100]}: {words_of(fault)}") from fault

    def _pruned(self, now_ns: int) -> dict[str, Any]:
        config = self.config
        root = self._root
        entries = files_below(root, config.paths, config.max_files)
        older_ns = None if config.older_than is None else int(config.older_than * 1e9)
        old = expired(entries, now_ns, older_ns, config.keep)
        gone = old if config.dry_run else remove(root, old)
        return {
            "removed": len(gone),
            "removed_bytes": sum(entry.size_bytes for entry in gone),
            "failed": len(old) - len(gone),
            "kept": len(entries) - len(gone),
            "files": [entry.path for entry in gone[:NAMED]],
        }
