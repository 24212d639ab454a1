"""`python`: call a function of a file in a process of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Size, Unavailable
from nodes.clients.python.process import Answer, Budget, Died, NotLoaded, PythonProcess

MOST_DEATHS = 2
"""A message with which the process died so often is rejected."""


class PythonConfig(Config):
    """Settings of `python`."""

    file: Annotated[str, Field(pattern=r"^[^/\x00][^\x00]*\.py$")]
    """The file, below the folder that `flowengine run --allow-python DIR` names; a change of it is noticed."""

    call: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """The function. It takes `payload`, and `topic`, `meta` or `time` (seconds) if it has parameters of these names."""

    time_limit: Duration = 5.0
    """Longest time for one message; then the process is ended and started again."""

    memory: Size = 2**30
    """Most memory of the process, libraries included."""

    max_output: Size = 2**20
    """Largest result, packed."""


class Python(Sink):
    """The payload of the answer is what the function returns; what it raises rejects the message, with the line.

    Off until the machine's owner allows a folder. A message with which the process dies or hangs twice is rejected; the
    others are not lost by it.
    """

    config: PythonConfig
    category = "logic"
    outputs = ("out",)
    merge = 500
    examples = (
        Example("A formula that needs numpy", "{file: formulas.py, call: dew_point}"),
        Example("A slow model", "{file: models/wear.py, call: hours_left, time_limit: 30s, memory: 4GiB}"),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    def start(self) -> None:
        self._process: PythonProcess | None = None

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"call": self.config.call, "payload": message.payload}

    async def write(self, messages: Messages) -> list[Message]:
        process = self._process
        if process is None:
            process = await asyncio.to_thread(self._allowed)
            self._process = process
        given = [(m.payload, m.topic, m.time_ns / 1_000_000_000, dict(m.meta)) for m in messages]
        found, waiting, deaths = dict[int, Answer](), [*range(len(given))], Counter[int]()
        while waiting:
            try:
                answers = await process.ask([given[place] for place in waiting])
            except Died as death:
                answers, culprit = [*death.answers], waiting[len(death.answers)]
                deaths[culprit] += 1
                self.context.count("restarts")
                if deaths[culprit] >= MOST_DEATHS:
                    answers.append(Answer(False, str(death)))
            except (NotLoaded, OSError) as fault:
                raise Unavailable(str(fault)) from None
            except (TypeError, OverflowError, RecursionError) as fault:
                raise Rejected(f"the message cannot be handed over: {fault}") from None  # found by halving the batch
            found |= zip(waiting, answers, strict=False)
            waiting = waiting[len(answers) :]
        good = [message.with_payload(found[place].value) for place, message in enumerate(messages) if found[place].good]
        if bad := {place: str(answer.value) for place, answer in found.items() if not answer.good}:
            raise Rejected(f"{len(bad)} were not computed", bad, good)
        return good

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.close()

    def _allowed(self) -> PythonProcess:
        """The process for the file, if it lies where the machine's owner allows. Blocking. Raises Rejected."""
        config, folder = self.config, self.context.python
        if folder is None:
            raise Rejected("python is not allowed on this machine; see flowengine run --allow-python")
        root = folder.resolve()
        file = (root / config.file).resolve()
        if root not in file.parents:
            raise Rejected(f"{config.file} is not below the folder that --allow-python names")
        budget = Budget(config.time_limit, config.memory, config.max_output)
        return PythonProcess(Path(file), config.call, self.context.data_dir, budget)
