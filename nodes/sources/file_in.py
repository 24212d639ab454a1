"""`file_in`: read a file once, follow it as it grows, or read each file that comes into a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Duration, Example, HostFile, Message, Outlet, Size, Source, Unavailable
from flowengine.ending import end
from nodes.codecs.csv.rows import guess
from nodes.codecs.payload import MAX_BYTES, decoder
from nodes.files.faults import words_of
from nodes.files.folder import Arriving, Look, PutAway, has_wildcard
from nodes.files.offset import Settled, load, save
from nodes.files.records import LineCutter, Record, csv_fields, csv_row
from nodes.files.safe_open import relative_parts
from nodes.files.tail import Chunk, FilePosition, Tail

MOST_OPEN = 64
"""Batches on their way; the file waits while there are more."""


_cell = guess(".")


def _relative(path: str) -> str:
    has_wildcard(path)
    return path


def _folder(path: str) -> str:
    relative_parts(path)
    return path


class Move(Config):
    """Where files go."""

    move: Annotated[str, AfterValidator(_folder)]
    """A folder below `root`; it is made. A name that is taken there gets a number."""


class FileInConfig(Config):
    """Settings of `file_in`."""

    path: Annotated[str, AfterValidator(_relative)]
    """File below `root`. With `*`, `?` or `[a-z]` in its name: every file of such a name, now and later, each once it
    is complete, in the order of their names."""

    root: str | None = None
    """Folder that the path does not leave; by default one of this node in the data folder. Links are not followed, nor
    one that takes its place while the flow runs."""

    mode: Literal["read", "follow"] = "read"
    """`read` to the end once; `follow` waits for more, also over rotation and truncation."""

    format: Literal["lines", "json", "csv", "raw"] = "lines"
    """`lines`: a text a line; `json`: a value a line; `csv`: a map a line, named by the header; `raw`: pieces."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """What separates the fields of `csv`."""

    skip_lines: Annotated[int, Field(ge=0, le=10_000)] = 0
    """So many lines at the beginning of a file, before the header of `csv`, are passed over."""

    start: Literal["beginning", "end"] = "beginning"
    """Where a file begins that was never read before."""

    poll: Duration = 0.25
    """How often a followed file is looked at."""

    settled_after: Duration = 2.0
    """With wildcards or `then`: a file is complete once it has not changed for so long."""

    then: Literal["keep", "delete"] | Move = "keep"
    """What happens to a file once everything that came of it is settled: it stays (and is read again when it changes),
    goes, or is moved: `{move: done}`."""

    max_bytes: Size = MAX_BYTES
    """Longer lines are rejected."""

    @property
    def comes_again(self) -> bool:
        """Whether it reads files as they come instead of one."""
        return self.then != "keep" or has_wildcard(self.path)

    def host_files(self) -> Sequence[HostFile]:
        """The folder that is named, and the file in it."""
        folder = self.files_in("root", folder=True)
        return folder if self.comes_again or not folder else [*folder, HostFile(("path",), f"{self.root}/{self.path}")]


class FileIn(Source):
    """Send what a file holds, with `meta.file` and `meta.line`; after a restart go on behind what was settled."""

    config: FileInConfig
    acknowledges = True
    examples = (
        Example("Import a table", "{root: /srv/import, path: readings.csv, format: csv}"),
        Example(
            "Whatever the laboratory puts down",
            "{root: /srv/lab, path: 'in/*.csv', format: csv, delimiter: ';', then: {move: done}}",
        ),
        Example("Follow a log", "{root: /var/log, path: machine.log, mode: follow, start: end}"),
    )

    def start(self) -> None:
        self._header: list[str] = []
        self._line = 0
        self._preamble = 0
        self._decode = decoder(
            "json" if self.config.format == "json" else "text", self.config.max_bytes, count=self.context.count
        )
        self._bookmark = self.context.data_dir / "position.json"
        self._read_before = self.context.data_dir / "read.json"
        self._path = self.config.path
        self._root = Path(self.config.real(self.config.root or self.context.data_dir))

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, FileInConfig)
        if config.comes_again and (config.mode == "follow" or config.start == "end"):
            option = "mode" if config.mode == "follow" else "start"
            return [(option, "files that come one by one are read from beginning to end: no `follow`, no `start: end`")]
        return ()

    async def run(self, emit: Outlet) -> None:
        if self.config.comes_again:
            await self._each(emit)
        else:
            await self._one(self.config.path, await asyncio.to_thread(load, self._bookmark, FilePosition), emit)

    async def _each(self, emit: Outlet) -> None:
        """Read file after file; where it was killed in one, it goes on there."""
        config = self.config
        arriving = Arriving(self._root, config.path, config.settled_after)
        to = config.then.move if isinstance(config.then, Move) else None
        away = PutAway(self._root, self.context.log, to, config.then == "delete")
        done = await asyncio.to_thread(load, self._read_before, dict[str, Look]) or {}
        while True:
            try:
                complete = await asyncio.to_thread(arriving.complete, asyncio.get_running_loop().time())
                for path, look in complete.items():
                    if done.get(path) != look:
                        place = await asyncio.to_thread(load, self._bookmark, FilePosition)
                        here = place is not None and place.inode == look.inode
                        await self._one(path, place if here else None, emit)
                        done[path] = look
                        await asyncio.to_thread(save, self._read_before, done)
                        # A new one may get the number of one that is gone, and begin with the same header.
                        await asyncio.to_thread(self._bookmark.unlink, True)
                    await asyncio.to_thread(away.put, path)
                done = {path: look for path, look in done.items() if path in arriving.names}
            except OSError as fault:
                raise Unavailable(f"{config.path}: {words_of(fault)}") from fault
            await asyncio.sleep(config.poll)

    async def _one(self, path: str, place: FilePosition | None, emit: Outlet) -> None:
        """Read a file to its end, or as long as it is followed; return when all of it is settled."""
        config = self.config
        self._path = path
        tail = Tail(self._root, path, place, config.start == "end")
        settled: Settled[FilePosition] = Settled()
        moved = asyncio.Event()
        keeper = asyncio.create_task(self._keep(settled, moved))
        self._cutter = LineCutter(config.max_bytes)

        def on_moved() -> None:
            moved.set()
            if keeper.done():  # the flow is stopping: what is still delivered must not come again
                self._write_down(settled)

        try:
            await self._follow(tail, emit, settled, on_moved)
            await _all(settled)
        except Unavailable:
            await _all(settled)  # read again before that, and what is on its way would come twice
            raise
        finally:
            await end(keeper)
            await asyncio.to_thread(self._write_down, settled)
            tail.close()

    async def _follow(
        self, tail: Tail, emit: Outlet, settled: Settled[FilePosition], moved: Callable[[], None]
    ) -> None:
        async def send(records: list[Record], place: FilePosition) -> None:
            if records:
                good, bad = self._messages(records)
                await emit(good, settled.sent(place, moved), sum(r.took_bytes for r in records), rejected=bad)

        while True:
            while len(settled) >= MOST_OPEN:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
            chunk = await self._read(tail)
            if chunk.fresh:
                # The open line of a file that was replaced will never be finished: it is one.
                await send(self._cutter.finish(), chunk.start)
                self._begin(tail, chunk)
            records = self._records(chunk.data)
            behind = chunk.start.offset + len(chunk.data)
            await send(records, chunk.start._replace(offset=behind - self._cutter.open_bytes))
            if not chunk.data:
                if self.config.mode == "read":
                    await send(self._cutter.finish(), chunk.start)
                    return
                await asyncio.sleep(self.config.poll)

    async def _read(self, tail: Tail) -> Chunk:
        try:
            return await asyncio.to_thread(tail.read)
        except OSError as fault:
            raise Unavailable(f"cannot read {self._path}: {words_of(fault)}") from fault

    def _begin(self, tail: Tail, chunk: Chunk) -> None:
        """Another file than before, or the same from its beginning."""
        config = self.config
        self._header, self._line, self._preamble = [], 0, config.skip_lines
        if chunk.start.offset:
            head = tail.head()
            before = head[: chunk.start.offset].count(b"\n")
            self._preamble = max(0, config.skip_lines - before)
            if config.format == "csv" and before > config.skip_lines:
                self._header = self._names(head.split(b"\n")[config.skip_lines])
        self._cutter = LineCutter(config.max_bytes, config.format == "csv", self._preamble)

    def _names(self, line: bytes) -> list[str]:
        return csv_fields(line.decode("utf-8-sig").rstrip("\r"), self.config.delimiter)

    def _records(self, data: bytes) -> list[Record]:
        if self.config.format == "raw":
            return [Record(data, len(data))] if data else []
        return self._cutter.feed(data)

    def _messages(self, records: list[Record]) -> tuple[list[Message], list[tuple[Message, str]]]:
        good: list[Message] = []
        bad: list[tuple[Message, str]] = []
        next_id = self.context.next_id
        for record, at_ns in zip(records, self.context.arrivals(len(records)), strict=True):
            self._line += 1
            if self._preamble and self.config.format != "raw":
                self._preamble -= 1
                continue
            meta = {"file": self._path, "line": self._line}
            if record.data is None:
                bad.append((Message(None, "", at_ns, meta, at_ns, next_id()), "line too long"))
                continue
            try:
                payload = self._payload(record.data)
            except ValueError as fault:
                bad.append((Message(record.data[:4096], "", at_ns, meta, at_ns, next_id()), str(fault)[:200]))
                continue
            if payload is not None:
                good.append(Message(payload, "", at_ns, meta, at_ns, next_id()))
        return good, bad

    def _payload(self, data: bytes) -> Any:
        """What a record says; None for an empty line and for the header of a table."""
        if self.config.format == "raw":
            return data
        if not data:
            return None
        if self.config.format != "csv":
            return self._decode(data)
        if not self._header:
            self._header = self._names(data)
            return None
        return csv_row(self._header, data.decode(), self.config.delimiter, _cell)

    async def _keep(self, settled: Settled[FilePosition], moved: asyncio.Event) -> None:
        """Write down how far everything is settled, at most twice a second."""
        while True:
            await moved.wait()
            moved.clear()
            await asyncio.to_thread(self._write_down, settled)
            await asyncio.sleep(0.5)

    def _write_down(self, settled: Settled[FilePosition]) -> None:
        if settled.reached is None:
            return
        try:
            save(self._bookmark, settled.reached)
        except OSError as fault:
            self.context.log.warning("cannot write down the position: %s", fault)


async def _all(settled: Settled[FilePosition]) -> None:
    """Return when everything that was sent is settled."""
    while len(settled):  # noqa: ASYNC110 - whoever acknowledges last is not ours
        await asyncio.sleep(0.01)
