"""Every error that node authors raise and users meet while a flow runs.

FlowError
  BadFlow         the file is wrong: carries every problem with its place
  NodeError       a node failed on messages
    Unavailable   the outside world is away: the engine retries the same messages
    Rejected      these messages will never be accepted: they go to the error port
"""

from collections.abc import Mapping, Sequence
from typing import Any


class FlowError(Exception):
    """Anything that flowengine raises on purpose."""


class BadFlow(FlowError):
    """A flow file that cannot be deployed; `problems` says why, each with file, line and column."""

    def __init__(self, problems: Sequence[object]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


class NodeError(FlowError):
    """A node failed on messages."""


class Unavailable(NodeError):
    """The outside world is away; the same messages are tried again, after `retry_after_s` if it is given."""

    def __init__(self, reason: str, retry_after_s: float | None = None):
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Rejected(NodeError):
    """These messages will never be accepted.

    `rows` maps positions in the batch to reasons; the others were accepted. Without `rows` the
    engine finds the bad ones by halving the batch. `answers` are messages that a sink has for the
    accepted ones; they leave by its outputs.
    """

    def __init__(self, reason: str, rows: Mapping[int, str] | None = None, answers: Sequence[Any] = ()):
        super().__init__(reason)
        self.rows = rows
        self.answers = answers
