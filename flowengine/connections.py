"""What a shared client implements: a broker, a database, a serial port, used by nodes by its name."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, get_type_hints

from flowengine.browsing import Found
from flowengine.clock import Clock
from flowengine.config import Config
from flowengine.diagnosis import Diagnosis


class Example(NamedTuple):
    """A documented use of a node; where `given` is set, the tests run it.

    `config` is YAML. `given` and `gives` are payloads, or maps of message fields; `gives` is a
    map from port to such lists where the node has several ports.
    """

    title: str
    config: str = "{}"
    given: Sequence[Any] | None = None
    gives: Any = None


class SessionName(NamedTuple):
    """What a lasting session is called at the far side, the same on whichever worker of a cluster its flow runs."""

    name: str
    part: str = ""
    """Which part of the flow has it, where several have one each: a name that people chose needs it added."""

    def of(self, chosen: str) -> str:
        """The name, made of the one that people chose where they did."""
        return "-".join(filter(None, (chosen, self.part))) if chosen else self.name


class Connection(ABC):
    """A client that nodes share by name. The engine opens it before its nodes and closes it after them."""

    config: Config
    examples: ClassVar[tuple[Example, ...]] = ()
    one_a_flow: ClassVar[bool] = False
    """Whether each flow gets a client of its own, also where two flows say the same."""

    flow = ""
    """The flow that opened it; set by the engine before `open`."""

    session_name: SessionName | None = None
    """What its sessions are called in a cluster; None on one machine, where they may be called by it."""

    others: Callable[[], Sequence[Connection]] = tuple
    """Every open connection of the engine; set before `open`."""

    def __init__(self, config: Config, name: str, log: logging.LoggerAdapter[Any], clock: Clock, data_dir: Path):
        self.config = config
        self.name = name
        self.log = log
        self.clock = clock
        self.data_dir = data_dir

    @classmethod
    def config_type(cls) -> type[Config]:
        """The class that checks this connection's settings."""
        return config_of(cls)

    @property
    @abstractmethod
    def up(self) -> bool | None:
        """Whether the far side answered last time; None before it was asked for the first time."""

    @property
    def fault(self) -> str:
        """What is wrong with a lasting connection now, in words; empty when nothing is, or it is made for each use."""
        return ""

    @property
    def reconnects(self) -> int:
        """How often the far side was lost and found again."""
        return 0

    @property
    def dead(self) -> bool:
        """Whether the client will not come back by itself: its task has ended though nobody closed it."""
        return False

    @classmethod
    def trial_of(cls, config: Config) -> Config:
        """The settings to try it with beside one that runs: where these were its own, it would lose its place."""
        return config

    async def introduce(self) -> Mapping[str, str]:
        """What the far side says of itself: `server`, `tls`, `rights`. Raises an error, in words, where it says no."""
        return {}

    def diagnosis(self) -> Diagnosis | None:
        """What it knows of itself and its devices; None where it keeps nothing."""
        return None

    can_read_now: ClassVar[bool] = False
    """Whether `read_now` does anything."""

    def read_now(self, party: str) -> bool:
        """Read what is polled of a device at once, also where it is left alone; False where there is no such device."""
        return False

    can_browse: ClassVar[bool] = False
    """Whether `browse` finds anything."""

    async def browse(self, place: str, start: int) -> Sequence[Found]:
        """What lies below an address of the far side, "" being its root: `MOST_FOUND` from `start` on.

        What holds others comes first. Raises ValueError where there is no such place, Unavailable.
        """
        return ()

    def succeed(self, former: Connection) -> None:  # noqa: B027 - most have nothing to take over
        """Called before `open`: the flow changes the settings of `former`, which is closed once its nodes have left."""

    async def open(self) -> None:  # noqa: B027 - some clients connect on first use
        """Start; must not wait for the far side, which may be away for hours."""

    def stop(self) -> None:  # noqa: B027 - most need no warning
        """Engine or flow are about to stop, to go on here or elsewhere: nodes leave one by one, `close` follows."""

    async def close(self) -> None:  # noqa: B027 - and have nothing to close
        """Stop; sends what can be sent within a few seconds."""


@cache
def config_of(kind: type) -> type[Config]:
    """The settings of a class of nodes or connections, as its annotation of `config` says.

    To read that takes half a millisecond, and every node of a flow asks at each check.
    """
    found: type[Config] = get_type_hints(kind)["config"]
    return found
