"""Numbers and names as arguments: told in one line where they make no sense. Knows no command."""

from __future__ import annotations

import argparse
import ipaddress
import math
import re
from collections.abc import Callable

DAY_S = 86_400.0
_HOST = re.compile(r"(?!-)[\w-]{1,63}(\.[\w-]{1,63})*\.?")


def whole(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number of at least `least` and at most `most`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return number

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """What reads a number of at least `least` and at most `most`; no infinity, no NaN."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
        return found

    return read


def named(pattern: str, allowed: str) -> Callable[[str], str]:
    """What reads a name of that pattern; `allowed` says it in words."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text[:70]!r} is no name of {allowed}")
        return text

    return read


def host_name(text: str) -> str:
    """A name or an address of a machine, without a port and without a path."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        if not _HOST.fullmatch(text) or len(text) > 253:
            raise argparse.ArgumentTypeError(f"{text[:70]!r} is no name of a machine, such as plant.local") from None
    return text
