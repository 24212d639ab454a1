"""Reasons as labels of metrics: without values out of payloads, and never more than so many for a node."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

MOST_LABELS = 50
"""Reasons of one node that are told apart; further ones are counted together."""

OTHER = "other reasons"
LONGEST = 120
_NAMES = re.compile(r"((?:\(|; )[\w.]+ has )(?!no keys[;)])(?:.*(?=\))|.*)", re.DOTALL)
"""What a map of a payload has instead of what was looked for: its names are the payload's, too."""

_VALUE = re.compile(
    r"""(?<!\w)b?'(?:[^'\\]|\\.|(?<=\w)'(?=\w))*(?:'(?!\w)|$)    # quoted, or cut within quotes; servers leave
    | (?<!\w)b?"(?:[^"\\]|\\.|(?<=\w)"(?=\w))*(?:"(?!\w)|$)     # quotes within words of a value as they are
    | (?<!\w)0x[\da-fA-F]+(?!\w)
    | (?<![\w.-])[-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])""",
    re.VERBOSE,
)
_LIST = re.compile(r"…(?:, …)+")


@lru_cache(4_096)
def label_of(reason: str) -> str:
    """The reason with `…` for whatever is quoted in it and for numbers, which come from payloads."""
    label = _VALUE.sub("…", _NAMES.sub(r"\1…", reason))
    return " ".join(_LIST.sub("…", label).split())[:LONGEST]


def count(errors: Counter[str], reason: str, n: int) -> str:
    """Count rejects under the label of their reason; the label that was taken."""
    label = label_of(reason)
    if label not in errors and len(errors) >= MOST_LABELS:
        label = OTHER
    errors[label] += n
    return label
