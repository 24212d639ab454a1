"""`simulate`: the signals of a plant that does not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, Message, Outlet, Source
from flowengine.expression import Template, TemplateText
from nodes.simulator.plant import Signal


class SignalConfig(Config):
    """One signal, in its own unit."""

    kind: Literal["constant", "sine", "walk", "step", "sawtooth", "counter"] = "sine"
    """Shape. `walk` wanders, `step` takes a new level every period, `counter` counts `amplitude` per second."""

    offset: float = 0.0
    """Middle of the signal; low end of a sawtooth."""

    amplitude: float = 1.0
    """Size; counts per second of a counter."""

    period: Duration = 3600.0
    """Length of a repetition; for `walk` the time in which it moves noticeably."""

    noise: float = Field(default=0.0, ge=0)
    """Standard deviation of what is added to every value."""

    spikes: float = Field(default=0.0, ge=0, le=1)
    """Share of values that are outliers."""

    spike_size: float = 0.0
    """Size of an outlier, in either direction."""

    stuck: float = Field(default=0.0, ge=0, le=1)
    """Share of the minutes in which the sensor repeats its last value."""

    wrap: float = Field(default=2.0**32, gt=0)
    """Where a counter begins again."""

    digits: int | None = Field(default=2, ge=0, le=15)
    """Decimal places; null for all."""


MOST_SIGNALS = 100_000


class SimulateConfig(Config):
    """Settings of `simulate`."""

    signals: dict[str, SignalConfig] = Field(min_length=1, max_length=1000)
    """Signals of each device, by name."""

    devices: PositiveInt | list[str] = Field(default_factory=lambda: ["sim1"])
    """Names of the devices, or how many (sim1, sim2 …). Each has values of its own."""

    every: Duration = Field(default=1.0, gt=0)
    """Time between two values of a signal."""

    together: bool = False
    """One message a device with all signals, instead of one for each signal with `{value: …}`."""

    topic: TemplateText = Template("sim/{device}/{signal|all}")
    """Topic of the messages; `{device}` and `{signal}` are in meta."""

    seed: int = 0
    """The same seed gives the same values at the same times."""

    count: PositiveInt | None = None
    """Stop after so many values of each signal."""


class Simulate(Source):
    """Values of named signals for any number of devices; all of one moment leave together."""

    config: SimulateConfig
    category = "tool"
    runs_in_tests = True
    examples = (
        Example("A cold store", "{signals: {temp: {offset: 4, amplitude: 1.5, period: 20m, noise: 0.1}}, devices: 3}"),
        Example(
            "A pump with a counter",
            "{together: true, signals: {bar: {kind: walk, offset: 3}, pulses: {kind: counter, amplitude: 12}}}",
        ),
    )

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SimulateConfig)
        count = config.devices if isinstance(config.devices, int) else len(config.devices)
        if count * len(config.signals) > MOST_SIGNALS:
            return [("devices", f"devices times signals make more than {MOST_SIGNALS}")]
        try:
            _signals(config.model_copy(update={"devices": 1}))
        except ValueError as fault:
            return [("signals", str(fault))]
        return ()

    def start(self) -> None:
        self._signals = _signals(self.config)

    async def run(self, emit: Outlet) -> None:
        clock, every_s = self.context.clock, self.config.every
        next_s, n = clock.now_s(), 0
        while n != self.config.count:
            await asyncio.sleep(max(0.0, next_s - clock.now_s()))
            await emit(self.messages(clock.time_ns()))
            n += 1
            next_s = max(next_s + every_s, clock.now_s())  # what a full flow made it miss is left out

    def messages(self, time_ns: int) -> list[Message]:
        """What all devices read at this time."""
        found: list[Message] = []
        for device, signals in self._signals.items():
            values = {name: signal.value(time_ns) for name, signal in signals.items()}
            if self.config.together:
                found.append(self._message(values, time_ns, {"device": device}))
                continue
            found += [
                self._message({"value": value}, time_ns, {"device": device, "signal": name})
                for name, value in values.items()
            ]
        return found

    def _message(self, payload: dict[str, float], time_ns: int, meta: dict[str, str]) -> Message:
        message = Message(payload, "", time_ns, meta)
        return message.replace(topic=self.config.topic.fill(message))


def _signals(config: SimulateConfig) -> dict[str, dict[str, Signal]]:
    """Signals by device. Raises `ValueError` for settings that do not fit together."""
    devices = config.devices
    names = [f"sim{n + 1}" for n in range(devices)] if isinstance(devices, int) else devices
    return {
        device: {name: _signal(options, config.seed, f"{device}/{name}") for name, options in config.signals.items()}
        for device in names
    }


def _signal(options: SignalConfig, seed: int, name: str) -> Signal:
    signal = Signal(
        kind=options.kind,
        offset=options.offset,
        amplitude=options.amplitude,
        period_s=options.period,
        noise=options.noise,
        spike_share=options.spikes,
        spike_size=options.spike_size,
        stuck_share=options.stuck,
        wrap=options.wrap,
        digits=options.digits,
        seed=seed,
        name=name,
    )
    # Devices are out of step with each other, as real ones are.
    return replace(signal, phase=signal.chance("phase", 0))
