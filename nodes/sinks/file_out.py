"""`file_out`: append messages to files."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, NonNegativeInt

from flowengine import Config, Duration, Example, HostFile, Message, Messages, Rejected, Sink, Size, Unavailable
from flowengine.counts import count_of
from flowengine.expression import TemplateText
from nodes.batches.field_selector import FieldText
from nodes.codecs.payload import encoder
from nodes.files.faults import is_of_the_name, words_of
from nodes.files.rotate import RollingFiles, Rules
from nodes.files.safe_open import RelativePath
from nodes.timing.zones import ZoneName


class FileOutConfig(Config):
    """Settings of `file_out`."""

    path: RelativePath
    """File below `root`; `{name}` is filled from the message, also with a time: `{time:%Y-%m-%d}`."""

    root: str | None = None
    """Folder that no path leaves; by default one of this node in the data folder. Links below it are not followed, and
    neither is one that takes its place while the flow runs."""

    format: Literal["lines", "json", "csv", "raw"] = "lines"
    """`lines`: text or JSON, a line each; `json`: a JSON value a line; `csv`: a row each; `raw`: bytes as they are."""

    text: TemplateText | None = None
    """What a line says (format `lines`), with `{…}` filled from the message; by default the payload."""

    columns: list[FieldText] = Field(default_factory=list)
    """Columns of `csv`: names in meta or payload, templates or expressions. They are also the header."""

    rotate: Literal["daily", "hourly"] | Size | None = None
    """Begin a new file each day or hour, or when this size is reached; the old one gets its time in its name."""

    zone: ZoneName = "UTC"
    """Time zone in which days and hours begin."""

    keep: Duration = 0.0
    """Throw rotated files away after so long; 0 keeps them."""

    keep_files: NonNegativeInt = 0
    """Keep at most so many rotated files of a path; 0 keeps all."""

    gzip: bool = False
    """Compress rotated files."""

    fsync: Literal["batch", "never"] = "batch"
    """`batch`: a message counts as delivered when it is on the disk; `never`: when the system has taken it."""

    def host_files(self) -> Sequence[HostFile]:
        """The folder that is named."""
        return self.files_in("root", folder=True)


class FileOut(Sink):
    """Append messages to files, with rotation and retention; a full disk is waited for."""

    config: FileOutConfig
    examples = (
        Example("A CSV file a day", "{path: '{device}.csv', format: csv, columns: [time, value], rotate: daily}"),
        Example("The raw stream, 10 files of 50 MB", "{path: raw.jsonl, format: json, rotate: 50MB, keep_files: 10}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, FileOutConfig)
        if config.format == "csv" and not config.columns:
            return (("columns", "csv needs columns"),)
        return ()

    def start(self) -> None:
        self._record = self._recorder()
        self._root = Path(self.config.real(self.config.root or self.context.data_dir))

    def sends(self, message: Message) -> Mapping[str, Any]:
        line, path = self._record(message), self.config.path.fill(message)
        return {"path": path, "line": line if self.config.format == "raw" else line.decode(errors="replace").rstrip()}

    async def open(self) -> None:
        config = self.config
        rules = Rules(config.rotate, config.zone, config.keep, config.keep_files, config.gzip, config.fsync == "batch")
        self._files = RollingFiles(self._root, rules)
        self._thread = ThreadPoolExecutor(1, "file_out")
        self._header = _csv_line([pick.text for pick in config.columns]) if config.format == "csv" else b""

    async def write(self, messages: Messages) -> None:
        records: dict[str, list[tuple[int, bytes]]] = {}
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                record, path = self._record(message), self.config.path.fill(message)
            except Exception as fault:  # a template, an expression, a payload that cannot be written
                bad[place] = str(fault)[:300]
                continue
            records.setdefault(path, []).append((place, record))
        now_ns = self.context.clock.time_ns()
        try:
            bad |= await asyncio.get_running_loop().run_in_executor(self._thread, self._append, records, now_ns)
        except OSError as fault:
            raise Unavailable(f"cannot write: {words_of(fault)}") from fault
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} cannot be written", bad)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._files.close)
        self._thread.shutdown(wait=False)

    def _append(self, records: dict[str, list[tuple[int, bytes]]], now_ns: int) -> dict[int, str]:
        """Write; what can never be written, by its place. Raises OSError for what may be written later."""
        bad: dict[int, str] = {}
        for path, found in records.items():
            try:
                self._files.append(path, [record for _, record in found], self._header, now_ns)
            except (OSError, ValueError) as fault:
                if not is_of_the_name(fault, self._root):
                    raise
                bad |= dict.fromkeys((place for place, _ in found), f"cannot write {path[:100]!r}: {words_of(fault)}")
        return bad

    def _recorder(self) -> Callable[[Message], bytes]:
        config = self.config
        if config.format == "csv":
            return lambda message: _csv_line([pick.written(message) for pick in config.columns])
        if config.format == "raw":
            raw = encoder("bytes")
            return lambda message: raw(message.payload)
        if config.format == "lines" and config.text is not None:
            text = config.text
            return lambda message: _line(text.fill(message).encode())
        encode = encoder("json" if config.format == "json" else "auto")
        return lambda message: _line(encode(message.payload))


def _line(record: bytes) -> bytes:
    """One line: line ends inside become blanks, else a reader would see two messages."""
    return record.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


def _csv_line(values: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8", "replace")
