"""`exec`: run a program that the machine's operator allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Size
from flowengine.expression import Template, TemplateText
from nodes.batches.field_selector import FieldText
from nodes.batches.outcomes import Outcomes
from nodes.clients.process import Ended, LineProgram, TooLong, run_program
from nodes.codecs.payload import encoder

SHOWN = 300


class ExecConfig(Config):
    """Settings of `exec`."""

    command: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
    """Name of the program, as allowed by `flowengine run --allow-exec NAME=PATH`; any other is rejected."""

    args: list[TemplateText] = Field(default=[], max_length=100)
    """Arguments, each as it is (there is no shell); what a message fills in may not begin with `-`. Anybody on the
    machine can read them while the program runs: what is secret goes by `input`."""

    input: FieldText | None = None
    """What the program reads: a name in meta or payload, a template or an expression; by default nothing."""

    time_limit: Duration = 60.0
    """Longest run; then it is killed with all that it started, and the message is rejected."""

    max_output: Size = 2**20
    """So much of what it writes is kept, of each of its outputs."""

    keep_running: bool = False
    """Start the program once and give it a line for each message, to which it answers with a line. `input` (by default
    the payload) is the line; `time_limit` is for each answer. A program that ends or is late is started anew, and the
    message it had is rejected."""

    ok: list[int] = Field(default=[0])
    """Exit codes that are no error."""


class Exec(Sink):
    """Run the program once for each message, one after the other; answer its `code`, `stdout`, `stderr`, `took_ms`.

    With `keep_running` it runs all the time, one line in and one line out, answered as `stdout` and `took_ms`.
    Off until the machine's operator allows programs by name. A run that a restart cut off is begun again.
    """

    config: ExecConfig
    outputs = ("out",)
    merge = 1
    examples = (
        Example("A dump every night", "{command: dump_db, args: ['--file', '{time:%Y-%m-%d}.sql'], time_limit: 10m}"),
        Example("A filter", "{command: classify, input: payload.text}"),
        Example(
            "A model that takes long to load", "{command: predict, input: payload, keep_running: true, time_limit: 2s}"
        ),
    )

    def start(self) -> None:
        self._encode = encoder("auto")
        self._running: LineProgram | None = None
        self._outcomes = Outcomes("message was refused", "messages were refused")

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, ExecConfig)
        if config.keep_running and any(not each.constant for each in config.args):
            return [("args", "a program that keeps running is started once, before any message could fill these")]
        return ()

    async def close(self) -> None:
        if self._running is not None:
            await self._running.close()

    def sends(self, message: Message) -> Mapping[str, Any]:
        config = self.config
        given = self._line(message) if config.keep_running else self._given(message)
        return {"command": config.command, "args": [_argument(each, message) for each in config.args], "input": given}

    async def write(self, messages: Messages) -> list[Message]:
        for place in self._outcomes.left(messages):
            message = messages[place]
            try:
                payload = await (self._ask if self.config.keep_running else self._run)(message)
            except (Rejected, ValueError) as fault:
                self._outcomes.refused(place, str(fault))
            else:
                self._outcomes.took(place, message.with_payload(payload))
        return self._outcomes.result()

    async def _ask(self, message: Message) -> dict[str, Any]:
        config, line, clock = self.config, self._line(message), asyncio.get_running_loop().time
        if self._running is None:
            arguments = [_argument(template, message) for template in config.args]
            self.context.data_dir.mkdir(parents=True, exist_ok=True)
            self._running = LineProgram(self._path(), arguments, self.context.data_dir, config.max_output)
        began_s = clock()
        try:
            answer = await self._running.ask(line, config.time_limit)
        except (TooLong, Ended, OSError) as fault:
            raise Rejected(f"{config.command} {fault}"[:SHOWN]) from fault
        return {"stdout": answer, "took_ms": (clock() - began_s) * 1000}

    def _line(self, message: Message) -> bytes:
        line = self._given(message) if self.config.input is not None else self._encode(message.payload)
        if line is None or b"\n" in line or b"\r" in line:
            raise Rejected("a line end in what would be one line")
        return line

    def _given(self, message: Message) -> bytes | None:
        return None if self.config.input is None else self._encode(self.config.input.written(message))

    def _path(self) -> Path:
        path = self.context.programs.get(self.config.command)
        if path is None:
            raise Rejected(f"{self.config.command} is not allowed on this machine; see flowengine run --allow-exec")
        return path

    async def _run(self, message: Message) -> dict[str, Any]:
        config, context = self.config, self.context
        path = self._path()
        arguments = [_argument(template, message) for template in config.args]
        given = self._given(message)
        context.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            outcome = await run_program(
                path, arguments, given, context.data_dir, config.time_limit, config.max_output
            )  # fmt: skip
        except (TooLong, OSError) as fault:
            raise Rejected(f"{config.command}: {fault}") from fault
        if outcome.code not in config.ok:
            said = outcome.stderr.strip().rpartition("\n")[2][:SHOWN]
            raise Rejected(f"{config.command} ended with {outcome.code}{f': {said}' if said else ''}")
        payload = outcome._asdict()
        return {**payload, "took_ms": payload.pop("took_s") * 1000}


def _argument(template: Template, message: Message) -> str:
    filled = template.fill(message)
    if "\0" in filled or (filled.startswith("-") and not template.text.startswith("-")):
        raise Rejected(f"argument {template.text!r} would become {filled[:50]!r}, which is an option and no value")
    return filled
