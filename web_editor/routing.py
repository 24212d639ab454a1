"""What a route is: method, path, least role, shapes of question and answer. The table is in `http.route_table`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta

from flowengine.expression.errors import shortened
from web_editor.auth.access import Caller, MinimumRole
from web_editor.problems import Fault
from web_editor.services import Services

if TYPE_CHECKING:
    from web_editor.editing import Editing

Name = Annotated[str, Meta(pattern=r"^[a-z0-9._@-]{1,64}$")]
T = TypeVar("T")
NOTHING: Mapping[str, str] = {}


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a request carries; unknown keys are an error."""

    def __repr__(self) -> str:
        return type(self).__name__  # it may hold a password, and tracebacks show what they pass


class Empty(Body):
    """A request that carries nothing."""


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """What stands behind the `?` of a list."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: Annotated[str, Meta(max_length=200)] = ""


class Listed(msgspec.Struct):
    """One page of a list."""

    items: list[Any]
    next: str | None


class Count(msgspec.Struct):
    """How many."""

    count: int


class Reply(NamedTuple):
    """An answer with more than a body."""

    value: Any = None
    status: int | None = None
    headers: Mapping[str, str] = NOTHING
    cookie: str | None = None
    """A session to set; empty to delete it."""


@dataclass(slots=True)
class Call:
    """One request on its way."""

    services: Services
    request: web.Request
    route: Route
    caller: Caller | None
    body: Any = None
    query: Any = None
    parts: Mapping[str, str] | None = None
    """Of the path, where another worker sends the request."""

    def part(self, name: str) -> str:
        """What a `{name}` of the path captured."""
        return (self.request.match_info if self.parts is None else self.parts)[name]

    @property
    def editing(self) -> Editing:
        """What the editor in the browser needs; its routes are served only where it is."""
        assert self.services.editing is not None
        return self.services.editing

    @property
    def user(self) -> str:
        """Who asks, for the audit."""
        return self.caller.name if self.caller else ""


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path below `/api/v1`; its handler's docstring says what it does.

    With `exact`, texts are as their author wrote them.
    """

    method: str
    path: str
    role: MinimumRole
    handler: Handler
    answer: Any = None
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    status: int = 200
    exact: bool = False
    most_bytes: int = 2**20
    errors: Sequence[str] = field(default_factory=tuple)
    owned: bool = False
    """Whether, in a cluster, the worker that has what it is about answers where this one has not."""

    joined: Callable[[Any, list[Any]], Any] | None = None
    """In a cluster: makes one answer of all workers', for the query as it was asked."""

    widened: Callable[[Any], Any] | None = None
    """The query that each worker gets, so that nothing is missing of what is joined."""


def listed(items: Sequence[T], query: Query) -> Listed:
    """The page of a list that the query asks for."""
    start = offset(query.cursor)
    end = start + query.limit
    return Listed(list(items[start:end]), str(end) if end < len(items) else None)


def offset(cursor: str) -> int:
    """Where the page begins that a cursor names. Raises `Fault`."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise Fault("bad-request", "cursor is what `next` of an earlier answer said", field="cursor")
    return int(cursor or 0)


def decoded(raw: bytes, kind: type[T]) -> T:
    """The body as its shape. Raises `Fault`."""
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise bad(error) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Fault("bad-request", f"the body is not JSON in UTF-8: {str(error) or 'nested too deeply'}") from None


def converted(given: Mapping[str, str], kind: type[T]) -> T:
    """The query as its shape. Raises `Fault`."""
    try:
        return msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise bad(error) from None


def bad(error: msgspec.ValidationError) -> Fault:
    """A body or query of the wrong shape, with the place inside it."""
    message, _, place = str(error).partition(" - at `")
    message = shortened(message, 200)  # it holds unknown names, as long as somebody has made them
    field = place.rstrip("`").removeprefix("$").replace("[...]", "").strip(".")
    if not field and (quoted := message.split("`")[1:2]) and "field" in message:
        field = quoted[0]
    return Fault("bad-request", message, field=field)
