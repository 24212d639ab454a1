"""Settings of a line of jobs."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from flowengine import Config, Duration
from flowengine.expression import Expr
from nodes.batches.field_selector import FieldText


class LineConfig(Config):
    """Settings of a line."""

    priority: FieldText | None = None
    """How urgent a job is: a name in meta or payload, or an expression; the higher the sooner, by default all alike."""

    id: FieldText = Field("job", validate_default=True)
    """Name of a job: a name in meta or payload, a template or an expression; made where there is none."""

    done: Expr | None = None
    """Which messages at the input say that a job ended; without it one ends when all that came of it is settled."""

    done_id: FieldText = Field("job", validate_default=True)
    """Name of the job that such a message speaks of."""

    concurrency: PositiveInt = 1
    """So many jobs run at a time."""

    time_limit: Duration | None = None
    """A job that runs longer is given up; the next one begins."""

    limit: FieldText | None = None
    """Longest run of the job itself in s, instead of `time_limit`: a name in meta or payload, or an expression."""

    heartbeat: Expr | None = None
    """Which messages at the input show that who does the jobs is there; one that says that a job ended shows it too.
    What a broker had kept (retained) shows nothing of the kind without a fresh time of its own.
    A job that reaches its limit is then told by `overdue`, and given up only once who does it has been heard since."""

    silent_after: Duration | None = None
    """When nothing was heard for so long, the line is held: jobs that ran wait again, and none begins until a
    `heartbeat`."""

    away: Expr | None = None
    """Which messages at the input say that who does the jobs is gone, which holds the line at once."""

    reset: Expr | None = None
    """Which messages at the input end what runs and give up what waits."""

    remember: int = Field(default=0, ge=0, le=1_000_000)
    """So many jobs that ended are remembered by name; one whose name comes again is rejected."""

    max_waiting: PositiveInt = 10_000
    """Most jobs that wait; further ones are rejected."""

    attempts: int = Field(default=0, ge=0)
    """A job that was begun so often, and was cut off by restarts, is given up; 0 begins it again each time."""
