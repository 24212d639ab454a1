"""`csv`: payloads from and to CSV."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Example, Message, Rejected, Size
from nodes.batches.turns import InTurns
from nodes.codecs.csv.rows import MAX_BYTES, MAX_ROWS, Steps, read_records, read_rows, write_records, write_rows

CELLS = 5_000
"""About so many are read or written in one turn."""


class CsvConfig(Config):
    """Settings of `csv`."""

    action: Literal["auto", "decode", "encode"] = "auto"
    """`decode` reads CSV, `encode` writes it; `auto` decodes text and bytes and encodes all else."""

    header: bool = True
    """The first line names the columns: rows are maps. Without it and without `columns` rows are lists."""

    columns: list[str] | None = None
    """Names of the columns where there is no header; when writing, which columns in which order."""

    delimiter: str = ","
    """What stands between cells; `auto` finds it when reading."""

    decimal: Literal[".", ","] = "."
    """The decimal sign of numbers that are read."""

    types: Literal["guess", "none"] = "guess"
    """`guess` makes numbers, true, false and null (empty) of cells that look so; `none` leaves text."""

    skip_lines: Annotated[int, Field(ge=0, le=10_000)] = 0
    """So many lines before the header, or before the first row, are passed over when reading."""

    max_bytes: Size = MAX_BYTES
    """Larger payloads are rejected."""

    max_rows: PositiveInt = MAX_ROWS
    """Payloads of more rows are rejected."""


class Csv(InTurns):
    """Read CSV (RFC 4180) into a list of rows, or write rows as CSV.

    A row with more or fewer cells than there are columns leaves by the error port, as the list of its cells.
    """

    config: CsvConfig
    per_turn = CELLS
    examples = (
        Example("With a header", given=["t,rh\n21.5,60\n"], gives=[[{"t": 21.5, "rh": 60}]]),
        Example("Semicolons and commas", "{header: false, delimiter: ;, decimal: ','}",
                given=["1,5;2\n"], gives=[[[1.5, 2]]]),
        Example("Behind two lines of the logger's own", "skip_lines: 2",
                given=["Logger 7\nSite: hall 2\nt,rh\n21.5,60\n"], gives=[[{"t": 21.5, "rh": 60}]]),
        Example("Write", "{action: encode, columns: [t, rh]}", given=[[{"rh": 60, "t": 21.5}]],
                gives=["t,rh\r\n21.5,60\r\n"]),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, CsvConfig)
        fits = config.delimiter == "auto" or (len(config.delimiter) == 1 and config.delimiter not in '"\r\n')
        return [] if fits else [("delimiter", "is one character (no quote, no line end) or `auto`")]

    def work_on(self, message: Message, now_s: float) -> Iterator[int]:
        payload = message.payload
        is_text = isinstance(payload, str | bytes)
        if self.config.action == "encode" or (self.config.action == "auto" and not is_text):
            self.out.append(message.with_payload((yield from self._written(payload))))
        elif not is_text:
            raise Rejected("payload is neither text nor bytes")
        else:
            yield from self._read(message)

    def _read(self, message: Message) -> Iterator[int]:
        c, payload = self.config, message.payload
        how = (c.delimiter, c.types, c.decimal, c.max_bytes, c.max_rows, c.skip_lines)
        if not c.header and c.columns is None:
            self.out.append(message.with_payload((yield from read_rows(payload, *how))))
            return
        records, bad = yield from read_records(payload, None if c.header else c.columns, *how)
        self.out.append(message.with_payload(records))
        self.bad += [(message.with_payload(row.cells), row.reason) for row in bad]

    def _written(self, payload: Any) -> Steps[str]:
        rows = payload if isinstance(payload, list) else [payload]
        delimiter = "," if self.config.delimiter == "auto" else self.config.delimiter
        if all(isinstance(row, Mapping) for row in rows):
            return write_records(rows, self.config.columns, self.config.header, delimiter)
        if all(isinstance(row, list) for row in rows):
            return write_rows(rows, delimiter)
        raise Rejected("payload is neither a map nor a list of maps or lists")
