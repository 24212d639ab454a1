"""What a bad line does to a frame: flips, losses, noise. Pure: bytes, switches and the time in, bytes out."""

from collections.abc import Callable
from random import Random

from nodes.simulator.faults import Switches

STORM_ZEROS = 200
LONG_RUN_BYTES = 5000


def spoil(wire: bytes, switches: Switches, now_s: float) -> tuple[bytes, list[str]]:
    """The bytes that go out for one frame, and the names of what happened to them."""
    names = []
    for name, change in _CHANGES.items():
        if switches.happens(name, now_s):
            wire = change(wire, switches.random)
            names.append(name)
    for name, per_byte in _PER_BYTE.items():
        changed = per_byte(wire, switches.random, switches.probability(name))
        if changed != wire:
            wire, names = changed, [*names, name]
    return wire, names


def _lose_delimiter(wire: bytes, random: Random) -> bytes:
    return wire[:-1]


def _truncate(wire: bytes, random: Random) -> bytes:
    return wire[: random.randint(1, max(1, len(wire) - 2))] + b"\x00"


def _repeat(wire: bytes, random: Random) -> bytes:
    return wire + wire


def _add_noise(wire: bytes, random: Random) -> bytes:
    return random.randbytes(random.randint(1, 200)) + wire


def _add_delimited_noise(wire: bytes, random: Random) -> bytes:
    return random.randbytes(random.randint(1, 200)) + b"\x00" + wire


def _add_zeros(wire: bytes, random: Random) -> bytes:
    return bytes(random.randint(2, STORM_ZEROS)) + wire


def _add_long_run(wire: bytes, random: Random) -> bytes:
    return bytes(random.randint(1, 255) for _ in range(LONG_RUN_BYTES)) + wire


def _flip_bits(wire: bytes, random: Random, probability: float) -> bytes:
    if not probability:
        return wire
    return bytes(byte ^ (1 << random.randrange(8)) if random.random() < probability else byte for byte in wire)


def _lose_bytes(wire: bytes, random: Random, probability: float) -> bytes:
    return bytes(byte for byte in wire if random.random() >= probability) if probability else wire


_CHANGES: dict[str, Callable[[bytes, Random], bytes]] = {
    "truncated_frame": _truncate,
    "lost_delimiter": _lose_delimiter,
    "duplicate_frame": _repeat,
    "noise": _add_noise,
    "noise_with_zero": _add_delimited_noise,
    "zero_storm": _add_zeros,
    "long_run": _add_long_run,
}
_PER_BYTE: dict[str, Callable[[bytes, Random, float], bytes]] = {"bit_flip": _flip_bits, "lost_byte": _lose_bytes}
