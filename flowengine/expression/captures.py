"""Names of meta that expressions may use bare, because a source of their flow captures them. Set by the checker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_DECLARED: ContextVar[tuple[str, ...]] = ContextVar("captures", default=())


def declared() -> tuple[str, ...]:
    """The names that whatever is compiled now may use bare."""
    return _DECLARED.get()


@contextmanager
def declaring(names: Iterable[str]) -> Iterator[None]:
    """Expressions compiled meanwhile may use these names for entries of meta."""
    token = _DECLARED.set(tuple(sorted(set(names))))
    try:
        yield
    finally:
        _DECLARED.reset(token)
