"""Cron schedules: when the next run is. Waiting for it, and what runs, live elsewhere; the clock is an argument.

`cronsim` finds the minutes, with Debian cron's rules where clocks change: a run at a fixed time in the hour that is
left out happens at the change, one in the hour that comes twice happens once; runs every few minutes or hours follow
the real time. Seconds are added here, so that the same rules hold with and without them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from flowengine.counts import count_of
from nodes.timing.zones import zone_of

NANOSECONDS = 1_000_000_000

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@minutely": "* * * * *",
}
_FIELDS = (
    ("second", "0 to 59"),
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last"),
    ("month", "1 to 12, or JAN to DEC"),
    ("weekday", "0 to 7, SUN to SAT, or FRI#2 for the second Friday"),
)
_ANY_TIME = ("*",) * 6
_TWO_HOURS_S = 7200
_TWO_DAYS_S = 172_800
_MOST_BACK_NS = 10 * 366 * 86_400 * NANOSECONDS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCron(ValueError):
    """Not a cron expression, or one that never comes; or no such time zone."""


class Cron:
    """The schedule of a cron expression: minute hour day month weekday, with a second before them if there are six.

    Lists, ranges, steps, names (MON, JAN), L (last day) and FRI#2 (second Friday) are understood, and the nicknames.
    """

    def __init__(self, expression: str, zone: str = "UTC") -> None:
        """Take the expression and the IANA name of the zone its times are in. Raises BadCron."""
        fields = NICKNAMES.get(expression.strip().lower(), expression).split()
        if len(fields) not in (5, 6):
            has = count_of(len(fields), "field")
            raise BadCron(f"{expression!r} has {has}, not 5 or 6 (or is none of {', '.join(NICKNAMES)})")
        self.expression = expression
        self.zone = _zone(zone)
        self._minutes = " ".join(fields[-5:])
        self._fixed = not any(field.startswith("*") for field in fields[-5:-3])
        self._seconds = _seconds(["0", *fields][-6:], expression)
        self.next_after(0)  # an expression that never comes is refused now, not when it is waited for

    def next_after(self, now_ns: int) -> int:
        """Return the first run after `now_ns`; both are UTC epoch nanoseconds."""
        now_s = now_ns // NANOSECONDS
        try:
            # from just before this minute, for it may have seconds left
            schedule = CronSim(self._minutes, self._local(now_s - now_s % 60 - 1))
            # a fixed time in the doubled hour may come out before now: cronsim names its first passing
            for minute in schedule:
                minute_s = self._not_passed_over(schedule, now_s, (minute - _EPOCH) // timedelta(seconds=1))
                for second in self._seconds:
                    if minute_s + second > now_s:
                        return (minute_s + second) * NANOSECONDS
        except (CronSimError, OverflowError):
            pass  # each field is right alone: together they name a day that no month has
        raise BadCron(f"{self.expression!r} never comes")

    def last_until(self, now_ns: int) -> int:
        """Return the last run at or before `now_ns`; both are UTC epoch nanoseconds. Raises BadCron where none was."""
        back_ns = 60 * NANOSECONDS
        while (run_ns := self.next_after(now_ns - back_ns)) > now_ns:
            back_ns *= 2
            if back_ns > _MOST_BACK_NS:
                raise BadCron(f"{self.expression!r} never came")
        while (later_ns := self.next_after(run_ns)) <= now_ns:
            run_ns = later_ns
        return run_ns

    def _local(self, epoch_s: int) -> datetime:
        return (_EPOCH + timedelta(seconds=epoch_s)).astimezone(self.zone)

    def _not_passed_over(self, schedule: CronSim, now_s: int, found_s: int) -> int:
        """Return the minute found, or one shortly before it that cronsim (2.8) stepped over.

        It walks in whole hours of real time, and where clocks change by half an hour (Lord Howe) enters an hour late.
        """
        if self._fixed or self._local(found_s - _TWO_DAYS_S).utcoffset() == self._local(found_s).utcoffset():
            return found_s
        first_s = now_s - self._seconds[-1]
        for minute_s in range(max(first_s - first_s % 60 + 60, found_s - _TWO_HOURS_S), found_s, 60):
            local = self._local(minute_s)
            on_time = local.minute in schedule.minutes and local.hour in schedule.hours
            if on_time and local.month in schedule.months and schedule.match_day(local.date()):
                return minute_s
        return found_s


class CronEdges:
    """On since one expression came last, off since another did."""

    def __init__(self, on: str, off: str, zone: str = "UTC") -> None:
        """Raises BadCron."""
        self._on, self._off = Cron(on, zone), Cron(off, zone)

    def holds(self, time_ns: int) -> bool:
        """Whether it is on; where both came at once it is."""
        return self._on.last_until(time_ns) >= self._off.last_until(time_ns)

    def next_change(self, time_ns: int) -> int | None:
        """The next time (UTC epoch nanoseconds) at which one of them comes."""
        return min(self._on.next_after(time_ns), self._off.next_after(time_ns))


def _seconds(fields: Sequence[str], expression: str) -> list[int]:
    """The seconds of a minute at which six fields run. Raises BadCron with the field that is wrong."""
    for place, (field, (name, allowed)) in enumerate(zip(fields, _FIELDS, strict=True)):
        try:
            CronSim(" ".join((*_ANY_TIME[:place], field, *_ANY_TIME[place + 1 :])), _EPOCH)
        except CronSimError:
            raise BadCron(f"{expression!r}: {field!r} is no {name} ({allowed})") from None
    return sorted(CronSim(" ".join((fields[0], *_ANY_TIME[1:])), _EPOCH).seconds)


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except ValueError as error:
        raise BadCron(str(error)) from error
