"""Templates: texts with `{placeholders}` that each message fills, compiled once to one f-string.

`{name}` is looked up in meta, then in the payload; `{payload.a.b}`, `{meta.x}`, `{topic}` and `{time}` (RFC 3339) say
where. `{message.id}` and `{message.arrived}` are the engine's. `{value:.2f}` formats a number, `{time:%Y-%m-%d}` a
time, `{value|none}` has a default, `{{` and `}}` are braces, and `{payload.members:each "- {name}: {value}"}` is a
line for each item. The text of a template is the flow author's; what fills
it is a device's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flowengine.expression.errors import TemplateError
from flowengine.expression.filling import short_way, text_of, value_of
from flowengine.expression.items import text_of_items
from flowengine.expression.placeholder import TIME_PATHS, Each, Placeholder, pieces_of
from flowengine.expression.safety import CHECKS, WILDCARDS, Safety
from flowengine.expression.schema import compiled_text
from flowengine.expression.values import MAX_TEXT

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

    from flowengine.message import Message

FILE_NAME = "<template>"
FORMS = """
def fill(m):
    return FILLED

def each(messages):
    return EACH
"""


def compile_template(text: str, safe: Safety | None = None) -> Template:
    """The compiled template. Raises TemplateError for what is not allowed, with its place.

    `safe` refuses filled values that would change the meaning of what they go into: `mqtt_topic` one level of an MQTT
    topic (no `+ # /`, NUL, empty value), `nats_subject` one token of a subject (no `. * >`, blank, empty value), `path`
    one file name (no `/ \\ ..`, NUL, empty value).
    """
    return Template(text, safe)


class Template:
    """A text that each message fills, compiled once. Filling raises TemplateError and nothing else.

    `names` are the placeholders as written; `constant` says that there are none.
    """

    __slots__ = ("_each", "_fill", "_values", "constant", "names", "safe", "text")
    fills = True
    """That a message fills `{name}` in the text."""

    def __init__(self, text: str, safe: Safety | None = None) -> None:
        if safe is not None and safe not in CHECKS:
            raise TemplateError(text, f"no such safety: {safe!r}")
        self.text, self.safe = text, safe
        pieces = pieces_of(text)
        _check_literals(text, [piece for piece in pieces if isinstance(piece, str)], safe)
        places = [piece for piece in pieces if isinstance(piece, Placeholder)]
        self.names = tuple(place.source for place in places)
        self.constant = not places
        keeps_type = len(pieces) == len(places) == 1 and not places[0].format and places[0].keys not in TIME_PATHS
        self._values = (value_of(places[0]), places[0].default) if keeps_type else None
        scope = _compiled(text, pieces, safe)
        self._fill: Callable[[Message], str] = scope["fill"]
        self._each: Callable[[Sequence[Message]], list[str]] = scope["each"]

    def fill(self, message: Message) -> str:
        """The text for a message, at most 64 Ki characters."""
        return self._checked(self._fill(message))

    def each(self, messages: Sequence[Message]) -> list[str]:
        """The texts for the messages, in order. Raises at the first message that cannot fill it."""
        texts = self._each(messages)
        if texts and max(map(len, texts)) > MAX_TEXT:
            self._checked(max(texts, key=len))
        return texts

    def value(self, message: Message) -> Any:
        """The value itself, its type kept, when the template is one placeholder without a format; else (and for a time)
        the text."""
        if self._values is None:
            return self.fill(message)
        value, default = self._values
        found = value(message)
        if found is None:
            return self.fill(message) if default is None else default
        return found

    def values(self, messages: Sequence[Message]) -> list[Any]:
        """As `value` for the messages, in order. Raises at the first message that cannot fill it."""
        return self.each(messages) if self._values is None else [self.value(message) for message in messages]

    def _checked(self, filled: str) -> str:
        if len(filled) > MAX_TEXT:
            raise TemplateError(self.text, f"the filled text is longer than {MAX_TEXT} characters")
        return filled

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return compiled_text(cls, cls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and (self.text, self.safe) == (other.text, other.safe)

    def __hash__(self) -> int:
        return hash((self.text, self.safe))

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[Template], tuple[str, Safety | None]]:
        return Template, (self.text, self.safe)


def _check_literals(text: str, literals: Sequence[str], safe: Safety | None) -> None:
    for wildcard in WILDCARDS.get(safe, "") if safe is not None else "":
        if any(wildcard in literal for literal in literals):
            reason = f"{wildcard} is for those who listen: what is sent needs a whole topic"
            raise TemplateError(text, reason, text.index(wildcard) + 1)


def _compiled(text: str, pieces: Sequence[str | Placeholder], safe: Safety | None) -> dict[str, Any]:
    scope: dict[str, Any] = {"__builtins__": {}, "type": type, "str": str}
    parts: list[ast.expr] = []
    parts_of_each: list[ast.expr] = []
    clauses = ["for m in messages"]
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            parts.append(ast.Constant(piece))
            parts_of_each.append(ast.Constant(piece))
            continue
        place = f"place_{number}"
        scope[place] = _filler(text, piece, safe)
        filled = f"{place}(m)"
        parts.append(_formatted(filled))
        way = short_way(piece, safe)
        if way is not None:  # most values are text, and that goes in without a call
            clauses.append(f"for found_{number} in [{way}]")
            filled = f"found_{number} if type(found_{number}) is str else {filled}"
        parts_of_each.append(_formatted(filled))
    loop = _parsed(f"[None {' '.join(clauses)}]")
    assert isinstance(loop, ast.ListComp)
    loop.elt = ast.JoinedStr(parts_of_each)
    module = _Fill({"FILLED": ast.JoinedStr(parts), "EACH": loop}).visit(ast.parse(FORMS))
    exec(compile(ast.fix_missing_locations(module), FILE_NAME, "exec", dont_inherit=True), scope)  # noqa: S102 - ours
    return scope


def _filler(text: str, piece: Placeholder, safe: Safety | None) -> Callable[[Message], str]:
    if not isinstance(piece, Each):
        return text_of(text, piece, safe)
    if safe is not None:
        raise TemplateError(text, "each gives a text of many items, which cannot be part of a name", piece.column)
    return text_of_items(text, piece)


def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


def _formatted(source: str) -> ast.FormattedValue:
    return ast.FormattedValue(_parsed(source), -1, None)


class _Fill(ast.NodeTransformer):
    """Puts the trees where the forms name them."""

    def __init__(self, filled: Mapping[str, ast.expr]) -> None:
        self._filled = filled

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._filled.get(node.id, node)
