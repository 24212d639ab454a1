"""Signals of a plant that does not exist: what a sensor would read at any moment, from a seed alone.

Never here: the clock, messages, transport faults. Every signal is a pure function of time, so that a test, a restart
and two machines see the same plant, at any speed and in any order.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

Kind = Literal["constant", "sine", "walk", "step", "sawtooth", "counter"]

_WALK_OCTAVES = 12


@dataclass(frozen=True, slots=True)
class Signal:
    """One point of the plant.

    kind: shape; `counter` counts `amplitude` per second and starts again at `wrap`, `walk` wanders within about three
    amplitudes, `step` takes a new level every period, `sine` and `sawtooth` repeat every period
    offset, amplitude: middle (for `sawtooth` the low end) and size, in the signal's unit
    period_s: length of a repetition; for `walk` the time in which it moves noticeably
    noise: standard deviation of what is added to every sample
    spike_share, spike_size: share of samples with an outlier, and its size in either direction
    stuck_share, stuck_s: share of the time spans of stuck_s during which the sensor repeats the value of their start
    digits: decimal places of the reading; None for all
    sample_s: samples within the same sample_s are the same sample
    """

    kind: Kind = "sine"
    offset: float = 0.0
    amplitude: float = 1.0
    period_s: float = 3600.0
    phase: float = 0.0
    noise: float = 0.0
    spike_share: float = 0.0
    spike_size: float = 0.0
    stuck_share: float = 0.0
    stuck_s: float = 60.0
    wrap: float = 2.0**32
    digits: int | None = 2
    sample_s: float = 0.001
    seed: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if min(self.period_s, self.stuck_s, self.sample_s) < 1e-9 or self.wrap <= 0:
            raise ValueError("wrap must be positive; period_s, stuck_s and sample_s at least a nanosecond")
        if self.kind == "counter" and not 0 < self.amplitude <= self.wrap * 1e9:
            raise ValueError("a counter needs a positive amplitude: its counts per second")

    def value(self, time_ns: int) -> float:
        """The reading at `time_ns` (ns since any origin), in the signal's unit."""
        time_ns = self._felt_time_ns(time_ns)
        value = _SHAPES[self.kind](self, time_ns)
        sample = time_ns // round(self.sample_s * 1e9)
        if self.noise:
            value += self.noise * self._normal(sample)
        if self.spike_share and self.chance("spike", sample) < self.spike_share:
            value += self.spike_size if self.chance("side", sample) < 0.5 else -self.spike_size
        return value if self.digits is None else round(value, self.digits)

    def values(self, times_ns: Sequence[int]) -> list[float]:
        """The reading at each of `times_ns`."""
        return [self.value(time_ns) for time_ns in times_ns]

    def is_stuck(self, time_ns: int) -> bool:
        """Whether the sensor repeats an old value at `time_ns`."""
        span = time_ns // round(self.stuck_s * 1e9)
        return self.stuck_share > 0 and self.chance("stuck", span) < self.stuck_share

    def _felt_time_ns(self, time_ns: int) -> int:
        span_ns = round(self.stuck_s * 1e9)
        return time_ns - time_ns % span_ns if self.is_stuck(time_ns) else time_ns

    def chance(self, what: str, place: int) -> float:
        """A number in [0, 1), the same for the same seed, name, purpose and place on every machine."""
        text = f"{self.seed}/{self.name}/{what}/{place}".encode()
        return int.from_bytes(blake2b(text, digest_size=7).digest()) / 2.0**56

    def _normal(self, place: int) -> float:
        """Standard normal, by the Box-Muller transform."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.chance("radius", place)))
        return radius * math.cos(2.0 * math.pi * self.chance("angle", place))

    def turns(self, time_ns: int) -> float:
        """How far into its repetition the signal is, in [0, 1)."""
        period_ns = round(self.period_s * 1e9)
        return (time_ns % period_ns / period_ns + self.phase) % 1.0


def _sine(signal: Signal, time_ns: int) -> float:
    return signal.offset + signal.amplitude * math.sin(2.0 * math.pi * signal.turns(time_ns))


def _sawtooth(signal: Signal, time_ns: int) -> float:
    return signal.offset + signal.amplitude * signal.turns(time_ns)


def _step(signal: Signal, time_ns: int) -> float:
    level = signal.chance("level", time_ns // round(signal.period_s * 1e9))
    return signal.offset + signal.amplitude * (2.0 * level - 1.0)


def _counter(signal: Signal, time_ns: int) -> float:
    # Whole turns are taken off in integers first: a float of nanoseconds would lose counts after some months.
    wrap_ns = round(signal.wrap / signal.amplitude * 1e9)
    return math.floor((signal.offset + time_ns % wrap_ns / 1e9 * signal.amplitude) % signal.wrap)


def _walk(signal: Signal, time_ns: int) -> float:
    # A walk without memory: noise at every time scale, each twice as slow and root two as large as the one before,
    # has the spectrum of a random walk (1/f²) down to the slowest scale, and stays within bounds.
    total = weight = 0.0
    span_ns = round(signal.period_s * 1e9)
    for octave in range(_WALK_OCTAVES):
        size = math.sqrt(2.0) ** octave
        place, rest = divmod(time_ns, span_ns << octave)
        share = rest / (span_ns << octave)
        smooth = share * share * (3.0 - 2.0 * share)
        left, right = (signal.chance(f"walk{octave}", place + step) - 0.5 for step in (0, 1))
        total += size * (left + (right - left) * smooth)
        weight += size * size / 12.0
    return signal.offset + signal.amplitude * total / math.sqrt(weight)


_SHAPES: dict[Kind, Callable[[Signal, int], float]] = {
    "constant": lambda signal, time_ns: signal.offset,
    "sine": _sine,
    "walk": _walk,
    "step": _step,
    "sawtooth": _sawtooth,
    "counter": _counter,
}
