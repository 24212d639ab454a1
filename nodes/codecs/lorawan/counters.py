"""Which uplinks are news, by the frame counters of devices. Times are those of the network server: no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

REMEMBERED = 64
"""Frames remembered of each device, to know them when a broker brings them again."""

Verdict = Literal["news", "duplicate", "reset"]
Frame = tuple[str, int, int]
"""Session, frame counter, time of reception in ns."""


@dataclass
class _Device:
    newest: Frame
    seen: dict[Frame, None] = field(default_factory=dict)


class FrameCounters:
    """The last frames of each device; beyond `max_devices` the one that said nothing for longest is forgotten."""

    def __init__(self, within_ns: int, max_devices: int):
        self._within_ns, self._max_devices = within_ns, max_devices
        self._devices: dict[str, _Device] = {}

    def judge(self, device_eui: str, session: str, f_cnt: int, time_ns: int) -> Verdict:
        """Whether the frame is new; `reset`: it is, and the device has begun to count anew.

        A frame brought again has the same time. The same counter a little later is the same frame, heard twice. A lower
        counter at a later time is a device that began anew, since a server lets no old frame pass; at an earlier time
        it is a frame that was late.
        """
        frame = session, f_cnt, time_ns
        device = self._devices.pop(device_eui, None)
        if device is None:
            self._devices[device_eui] = _Device(frame, {frame: None})
            if len(self._devices) > self._max_devices:
                del self._devices[next(iter(self._devices))]
            return "news"
        self._devices[device_eui] = device  # the order of the dictionary is the order of last use
        last_session, last_f_cnt, last_ns = device.newest
        same = (last_session, last_f_cnt) == (session, f_cnt)
        if frame in device.seen or (same and abs(time_ns - last_ns) < self._within_ns):
            return "duplicate"
        device.seen[frame] = None
        if len(device.seen) > REMEMBERED:
            del device.seen[next(iter(device.seen))]
        if time_ns < last_ns:
            return "news"
        device.newest = frame
        return "reset" if session != last_session or f_cnt <= last_f_cnt else "news"

    def snapshot(self) -> list[list[Any]]:
        """Rows of device, newest frame, frames seen: plain JSON values."""
        return [[eui, list(each.newest), [list(frame) for frame in each.seen]] for eui, each in self._devices.items()]

    def restore(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take over a snapshot."""
        self._devices = {
            eui: _Device(_frame(newest), dict.fromkeys(map(_frame, seen))) for eui, newest, seen in rows
        }  # fmt: skip


def _frame(row: Sequence[Any]) -> Frame:
    session, f_cnt, time_ns = row
    return session, f_cnt, time_ns
