"""An asyncio loop whose time jumps to the next timer instead of waiting: hours pass in milliseconds.

Work for threads is done in place, so that a run is the same every time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")


class _NoWait(selectors.DefaultSelector):
    """Never waits: the loop has moved its time instead."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("nothing is left that could ever happen: a task waits for ever in virtual time")
        self.loop.advance(timeout)
        return ready


class _SameThread(Executor):
    """Runs work at once: in virtual time there is nothing to overlap with."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time, starting at 0."""

    def __init__(self) -> None:
        selector = _NoWait()
        selector.loop = self
        self._virtual_s = 0.0
        super().__init__(selector)
        self._same_thread = _SameThread()

    def time(self) -> float:
        """Virtual seconds."""
        return self._virtual_s

    def advance(self, seconds: float) -> None:
        """Jump; the loop calls this when nothing is ready before then."""
        # The loop's own resolution would leave a timer due a hair in the future.
        self._virtual_s += seconds + 1e-9

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """Run work in place, whatever the executor."""
        return asyncio.wrap_future(self._same_thread.submit(func, *args), loop=self)


def run_virtual(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `work()` returns, run to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())
