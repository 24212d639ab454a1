"""`exec`: run a program that the machine's operator allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Size
from flowengine.expression import Template, TemplateText
from nodes.batches.field_selector import FieldText
from nodes.clients.process import Outcome, TooLong, run_program
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

    ok: list[int] = Field(default=[0])
    """Exit codes that are no error."""


class Exec(Sink):
    """Run the program once for each message, one after the other; answer its `code`, `stdout`, `stderr`, `took_ms`.

    Off until the machine's operator allows programs by name. A run that a restart cut off is begun again.
    """

    config: ExecConfig
    outputs = ("out",)
    merge = 1
    examples = (
        Example("A dump every night", "{command: dump_db, args: ['--file', '{time:%Y-%m-%d}.sql'], time_limit: 10m}"),
        Example("A filter", "{command: classify, input: payload.text}"),
    )

    def start(self) -> None:
        self._encode = encoder("auto")

    def sends(self, message: Message) -> Mapping[str, Any]:
        config = self.config
        given = None if config.input is None else self._encode(config.input(message))
        return {"command": config.command, "args": [_argument(each, message) for each in config.args], "input": given}

    async def write(self, messages: Messages) -> list[Message]:
        return [message.with_payload(self._told(await self._run(message))) for message in messages]

    async def _run(self, message: Message) -> Outcome:
        config, context = self.config, self.context
        path = context.programs.get(config.command)
        if path is None:
            raise Rejected(f"{config.command} is not allowed on this machine; see flowengine run --allow-exec")
        arguments = [_argument(template, message) for template in config.args]
        given = None if config.input is None else self._encode(config.input(message))
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
        return outcome

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        told = outcome._asdict()
        return {**told, "took_ms": told.pop("took_s") * 1000}


def _argument(template: Template, message: Message) -> str:
    filled = template.fill(message)
    if "\0" in filled or (filled.startswith("-") and not template.text.startswith("-")):
        raise Rejected(f"argument {template.text!r} would become {filled[:50]!r}, which is an option and no value")
    return filled
