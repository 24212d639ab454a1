"""Hashes passwords beside everything else: few at a time, in threads that yield to all others. Knows no request."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

AT_A_TIME = 2
"""Hashes: each takes 64 MiB, and four processors for a moment."""

NICER, NICEST = 10, 19
"""So much more than the rest of the process; Argon2 starts its own threads, which are as nice as theirs."""

P = ParamSpec("P")
T = TypeVar("T")


class Hashing:
    """Threads of their own: who asks and hangs up gets no further hash begun, and keeps no other thread waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_A_TIME, "hashing", initializer=_yield_to_others)

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What the work returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *given, **named))

    def close(self) -> None:
        """Begin no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _yield_to_others() -> None:
    # Flows come first: with eight hashing threads to two processors the loop would have a fifth of one. Only Linux has
    # a niceness of threads; where it cannot be set, hashing is as before.
    if sys.platform == "linux":
        own = threading.get_native_id()
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, own, min(NICEST, os.getpriority(os.PRIO_PROCESS, own) + NICER))
