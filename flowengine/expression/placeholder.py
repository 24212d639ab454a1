"""The text of a template taken apart: literal pieces and placeholders `{path:format|default}`.

Grammar only: nothing is filled here. There are no attribute walks, no conversions (`!r`) and no positions (`{0}`): a
placeholder is a path of keys, a format from a short list and a default. The one that holds others is
`{path:each "- {name}"}`, which says what each item of a list or map gives, and they hold none.
"""

import re
from dataclasses import dataclass

from flowengine.expression.errors import TemplateError

MAX_SOURCE = 16_384
MAX_PLACEHOLDERS = 100
MAX_KEYS = 16
MAX_WIDTH = 64
DOUBLED = re.compile(r"(?<!\{)\{\{\s*([^{}]+?)\s*\}\}(?!\})")
MAX_ITEM = 1_000
"""Characters of what each item of a list gives, before it is filled."""

_QUOTED = rf"(?:\"(?P<{{0}}>[^\"]{{{{0,{MAX_ITEM}}}}})\"|'(?P<{{1}}>[^']{{{{0,{MAX_ITEM}}}}})')"
_ITEM, _BETWEEN = _QUOTED.format("item", "item_"), _QUOTED.format("between", "between_")
_EACH = rf"\{{(?P<list>[^{{}}:|\"']*):each\s+{_ITEM}(?:\s+{_BETWEEN})?\s*(?:\|(?P<otherwise>[^{{}}]*))?\}}"
PIECE = re.compile(rf"\{{\{{|\}}\}}|{_EACH}|\{{(?P<one>[^{{}}]*)\}}|[{{}}]")
OF_EACH = re.compile(r"\s*each\b")
MEANT_EACH = re.compile(r"\{[^{}:|]*:\s*each\b")
WORD = r"[^\W\d][\w-]*"
PATH = re.compile(rf"{WORD}(?:\.{WORD}|\.\d{{1,6}}|\[\d{{1,6}}\])*")
NUMBER_FORMAT = re.compile(r"[<>^]?[+]?0?(?P<width>\d{1,2})?,?(\.(?P<digits>\d{1,2}))?[dfegxX%]?")
TIME_FORMAT = re.compile(r"(?:%[YmdHMSfjyGVu]|[\w :./-])+")
TIME_PATHS = frozenset({("time",), ("message", "arrived")})


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{…}`: the keys of its path, its format (may be empty) and its default (None without one)."""

    source: str
    keys: tuple[str | int, ...]
    format: str = ""
    default: str | None = None
    column: int = 1

    @property
    def is_time_format(self) -> bool:
        """Whether the format is one for points in time."""
        return "%" in self.format and self.keys in TIME_PATHS


@dataclass(frozen=True, slots=True)
class Each(Placeholder):
    """One `{path:each "…"}`: what each item gives, whose placeholders look in that item, and what stands between."""

    pieces: tuple[str | Placeholder, ...] = ()
    between: str = "\n"


def pieces_of(text: str) -> list[str | Placeholder]:
    """The literal texts and placeholders of a template, in order. Raises TemplateError with the first fault's place."""
    if len(text) > MAX_SOURCE:
        raise TemplateError(text, f"longer than {MAX_SOURCE} characters")
    pieces: list[str | Placeholder] = []
    end = 0
    for found in PIECE.finditer(text):
        pieces += [text[end : found.start()], _piece(text, found)]
        end = found.end()
    pieces.append(text[end:])
    inside = [piece for each in pieces if isinstance(each, Each) for piece in each.pieces]
    if sum(isinstance(piece, Placeholder) for piece in [*pieces, *inside]) > MAX_PLACEHOLDERS:
        raise TemplateError(text, f"more than {MAX_PLACEHOLDERS} placeholders")
    return _joined(pieces)


def doubled(text: str) -> tuple[str, int] | None:
    """The first `{{name}}` in a template, as `{name}`, and where it begins: elsewhere it is filled, here it is text."""
    for found in DOUBLED.finditer(text):
        try:
            _placeholder(text, found[1], found.start() + 1)
        except TemplateError:
            continue
        return f"{{{found[1]}}}", found.start()
    return None


def _piece(text: str, found: re.Match[str]) -> str | Placeholder:
    if found["list"] is not None:
        return _each(text, found)
    if found["one"] is not None:
        return _placeholder(text, found["one"], found.start() + 1)
    if len(found[0]) == 2:
        return found[0][0]
    if meant := MEANT_EACH.match(text, found.start()):
        raise _unquoted(text, meant[0], found.start() + 1)
    brace = found[0]
    raise TemplateError(text, f"a single {brace}; write {brace * 2} for a brace", found.start() + 1)


def _each(text: str, found: re.Match[str]) -> Each:
    path, column = found["list"].strip(), found.start() + 1
    where = "item" if found["item"] is not None else "item_"
    item, first = found[where], found.start(where)
    pieces: list[str | Placeholder] = []
    end = 0
    for inner in PIECE.finditer(item):
        if inner["list"] is not None:
            raise TemplateError(text, "each cannot stand inside each", first + inner.start() + 1, path)
        try:
            pieces += [item[end : inner.start()], _piece(item, inner)]
        except TemplateError as fault:
            raise TemplateError(text, fault.reason, first + (fault.column or 1), fault.name) from None
        end = inner.end()
    pieces = _joined([*pieces, item[end:]])
    between = next((said for said in (found["between"], found["between_"]) if said is not None), "\n")
    return Each(path, _keys(text, path, column), "each", found["otherwise"], column, tuple(pieces), between)


def _unquoted(text: str, meant: str, column: int) -> TemplateError:
    path = meant.strip("{").partition(":")[0].strip()
    such = f'{{{path}:each "- {{name}}: {{value}}"}}'
    said = f"say in quotes and at most {MAX_ITEM} characters what each item gives, such as {such}"
    return TemplateError(text, said, column, path)


def _placeholder(text: str, source: str, column: int) -> Placeholder:
    rest, bar, default = source.partition("|")
    path, colon, form = rest.partition(":")
    keys = _keys(text, path.strip(), column)
    placeholder = Placeholder(path.strip(), keys, form, default if bar else None, column)
    if colon and OF_EACH.match(form):
        raise _unquoted(text, source, column)
    if colon and not (_is_time(placeholder) or is_number_format(form)):
        hint = "such as .2f, 06d or (times) %Y-%m-%d"
        raise TemplateError(text, f"the format {form[:40]!r} is not allowed; write one {hint}", column, path)
    return placeholder


def _keys(text: str, path: str, column: int) -> tuple[str | int, ...]:
    if not path:
        raise TemplateError(text, "an empty placeholder; write {{}} for braces", column)
    if "!" in path:
        raise TemplateError(text, "! is not allowed in a placeholder", column, path)
    words = path.replace("[", ".").replace("]", "").split(".")
    if len(words) > MAX_KEYS:
        raise TemplateError(text, f"more than {MAX_KEYS} keys in a placeholder", column, path)
    if not PATH.fullmatch(path):
        raise TemplateError(text, f"{path[:40]!r} is not a name or a path of keys", column, path)
    if any(word.startswith("__") for word in words):
        raise TemplateError(text, "keys never begin with two underscores", column, path)
    return tuple(int(word) if word.isdecimal() else word for word in words)


def _is_time(placeholder: Placeholder) -> bool:
    return placeholder.is_time_format and TIME_FORMAT.fullmatch(placeholder.format) is not None


def is_number_format(form: str) -> bool:
    """Whether a format is one for numbers, of a bounded width."""
    found = NUMBER_FORMAT.fullmatch(form)
    return found is not None and form != "" and int(found["width"] or 0) <= MAX_WIDTH


def _joined(pieces: list[str | Placeholder]) -> list[str | Placeholder]:
    """The same pieces with neighbouring literals joined and empty ones left out."""
    joined: list[str | Placeholder] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return joined
