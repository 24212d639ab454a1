"""Switches for what may go wrong: each by chance, by the clock, or at given moments. Never here: what it then does."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from random import Random
from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When one fault happens: at each opportunity with a probability, every so often, and at given seconds."""

    probability: Share = 0.0
    every_s: Seconds | None = None
    at_s: tuple[float, ...] = ()


class BadFaults(ValueError):
    """A list of faults that cannot be used; the message says why."""


class Switches:
    """Says whether a fault happens now; the same seed gives the same answers to the same questions."""

    def __init__(self, faults: Mapping[str, Fault], random: Random):
        self.random = random
        self._faults = dict(faults)
        self._due_s = {name: sorted(_first(fault)) for name, fault in faults.items()}

    def probability(self, name: str) -> float:
        """The chance at each opportunity; 0 for what is off."""
        fault = self._faults.get(name)
        return fault.probability if fault is not None else 0.0

    def happens(self, name: str, now_s: float) -> bool:
        """Whether it happens at this opportunity. A moment that has passed counts once, at the next opportunity."""
        fault = self._faults.get(name)
        if fault is None:
            return False
        due_s = self._due_s[name]
        if due_s and due_s[0] <= now_s:
            while due_s and due_s[0] <= now_s:
                passed_s = due_s.pop(0)
                if fault.every_s and passed_s not in fault.at_s:
                    due_s.append(now_s + fault.every_s)
            due_s.sort()
            return True
        return fault.probability > 0 and self.random.random() < fault.probability


def read_faults(text: str, known: Mapping[str, str], presets: Mapping[str, Mapping[str, float]]) -> dict[str, Fault]:
    """Faults of a preset, or of a JSON file: `{"bit_flip": 0.001, "unplug": {"every_s": 300}}`. Raises BadFaults."""
    if text in presets:
        return {name: Fault(probability) for name, probability in presets[text].items()}
    try:
        raw = msgspec.json.decode(Path(text).read_bytes(), type=dict[str, Share | Fault])
    except OSError as fault:
        raise BadFaults(f"{text}: {fault.strerror}; or use one of {', '.join(presets)}") from fault
    except msgspec.DecodeError as fault:
        raise BadFaults(f"{text}: {fault}") from fault
    for name in raw:
        check_name(name, known)
    return {name: item if isinstance(item, Fault) else Fault(item) for name, item in raw.items()}


def read_fault(text: str, known: Mapping[str, str]) -> tuple[str, Fault]:
    """One fault from `name=probability`, `name=every:SECONDS` or `name=at:SECONDS`. Raises BadFaults."""
    name, _, value = text.partition("=")
    check_name(name, known)
    word, _, number = value.rpartition(":")
    try:
        found = float(number)
        fields = {"": {"probability": found}, "every": {"every_s": found}, "at": {"at_s": [found]}}[word]
        return name, msgspec.convert(fields, Fault)
    except (ValueError, KeyError) as fault:
        raise BadFaults(f"{text!r} is not {name}=PROBABILITY, {name}=every:SECONDS or {name}=at:SECONDS") from fault


def check_name(name: str, known: Mapping[str, str]) -> None:
    """Raise BadFaults for a fault that is not known, naming the nearest."""
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise BadFaults(f"there is no fault {name!r}" + (f"; did you mean {near[0]}?" if near else ""))


def _first(fault: Fault) -> list[float]:
    return [*fault.at_s, *([fault.every_s] if fault.every_s else [])]
