"""Places of a flow as tests and wires spell them: `clean`, `split.hot` (a port), `p2/hot` (a node inside a subflow)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple


class End(NamedTuple):
    """A node by its id in the running flow, and a port (empty for the usual one)."""

    node: str
    port: str


def internal(spelled: str) -> str:
    """The id of a node in the running flow: inside a subflow `outer.inner`."""
    return spelled.strip().replace("/", ".")


def public(id: str) -> str:
    """The id of a node as people see it: inside a subflow `outer/inner`."""
    return id.replace(".", "/")


def place_of(spelled: str, ids: Collection[str]) -> End | None:
    """The place among nodes `ids`, the longest id that fits; None when there is no such node."""
    id = internal(spelled)
    return next((End(node, port) for node, port in _cuts(id) if node in ids), None)


def places_of(spelled: str, ids: Collection[str], templates: Mapping[str, Collection[str]]) -> list[End]:
    """The places that a test means: one, or (`pumps`, `pumps/hot`) that of every instance of a template."""
    one = place_of(spelled, ids)
    if one is not None:
        return [one]
    id = internal(spelled)
    template = next((name for name in templates if id == name or id.startswith(f"{name}.")), None)
    if template is None:
        return []
    each = (place_of(f"{template}.{key}{id[len(template) :]}", ids) for key in templates[template])
    return [place for place in each if place is not None]


def _cuts(id: str) -> Iterator[tuple[str, str]]:
    yield id, ""
    head, dot, tail = id.rpartition(".")
    if dot:
        yield head, tail
