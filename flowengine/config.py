"""What a node's settings are made of: the `Config` base and the field types of the flow format."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    WithJsonSchema,
)

from flowengine.served import refusal

UNITS_S = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
UNITS_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_NUMBER = r"\d+(\.\d+)?"
DURATION_PATTERN = f"^({_NUMBER}({'|'.join(UNITS_S)}))+$"
SIZE_PATTERN = f"^{_NUMBER} ?({'|'.join(UNITS_BYTES)})$"
_PART = re.compile(r"([\d.]+) ?([A-Za-z]+)")
_UNITS_MEANT = {
    "ms": "ms(ec)?", "s": "s|secs?|seconds?", "m": "m|mins?|minutes?", "h": "h|hrs?|hours?", "d": "d|days?",
    "w": "w|weeks?", "B": "b|bytes?", "kB": "kb?", "MB": "mb|megs?|megabytes?", "GB": "gb?|gigs?|gigabytes?",
}  # fmt: skip


def seconds(value: Any) -> float:
    """Seconds of a duration such as `250ms`, `1h30m` or `14d`; a bare number is seconds. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0 or value != value or value == float("inf"):
            raise ValueError("a duration is finite and not negative")
        return float(value)
    text = str(value).strip()
    if not re.fullmatch(DURATION_PATTERN, text):
        raise ValueError(f"{text!r} is not a duration; write {_meant(text.casefold(), UNITS_S)}")
    return sum(float(number) * UNITS_S[unit] for number, unit in _PART.findall(text))


def size_bytes(value: Any) -> int:
    """Bytes of a size such as `64KiB`; a bare whole number is bytes. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    text = str(value).strip()
    if not re.fullmatch(SIZE_PATTERN, text):
        raise ValueError(f"{value!r} is not a size; write {_meant(text.casefold(), UNITS_BYTES)}")
    [(number, unit)] = _PART.findall(text)
    return int(float(number) * UNITS_BYTES[unit])


def _meant(text: str, units: Mapping[str, float]) -> str:
    """A number with its unit as they are written here, of one written in another way; else some examples."""
    number, word = found.groups() if (found := re.fullmatch(r"([\d.]+) ?([a-z]+)\.?", text)) else ("", "")
    unit = next((unit for unit in units if re.fullmatch(_UNITS_MEANT.get(unit, unit.casefold()), word)), "")
    such = "250ms, 5s, 10m, 1h30m or 14d" if units is UNITS_S else "64KiB, 10MB or 2GiB"
    return f"{number}{unit}" if unit and re.fullmatch(_NUMBER, number) else f"for example {such}"


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": DURATION_PATTERN},
                {"type": "number", "minimum": 0},
            ],
            "format": "duration",
        }
    ),
]
"""Seconds as a float; written `250ms`, `5s`, `10m`, `14d` in YAML."""

Size = Annotated[
    int,
    BeforeValidator(size_bytes),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": SIZE_PATTERN},
                {"type": "integer", "minimum": 0},
            ],
            "format": "size",
        }
    ),
]
"""Bytes as an int; written `64KiB`, `2GiB` in YAML."""


Policy = Literal["block", "drop_oldest", "drop_newest"]
"""What gives when a queue or spool is full."""


class Secret(str):
    """Text that never shows itself: `repr`, logs and serialised configs hold stars; `reveal` gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return str.__str__(self)


def _secret(value: Any) -> Secret:
    if not isinstance(value, str | int):
        raise ValueError("a secret is text")
    return value if isinstance(value, Secret) else Secret(value)  # str() of a Secret is its stars


SecretText = Annotated[
    Secret,
    PlainValidator(_secret),
    PlainSerializer(lambda _: "***", return_type=str),
    WithJsonSchema({"type": "string", "format": "password"}),
]
"""A `Secret`; written `${secret:NAME}` in YAML. Read it with `.reveal()`."""


def revealed(secret: Secret | None) -> str:
    """The text of an option that may be left out; empty without it."""
    return "" if secret is None else secret.reveal()


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:***@{host}"))


UrlText = Annotated[str, PlainSerializer(without_password, return_type=str), Field(repr=False)]
"""An address that may hold a password; it is not shown with it."""

ConnectionName = Annotated[str, Field(json_schema_extra={"format": "connection"})]
"""Name of an entry under `connections:`. Fields narrow it with `connection(\"mqtt\")`."""


class OrTable:
    """Annotates a list of maps that may also stand in a table: `NAME.csv` beside the flow, or one that is shipped.

    `folder` has the shipped ones, which are named without their ending.
    """

    def __init__(self, folder: Path | None = None):
        self._folder = folder

    def names(self) -> list[str]:
        """The tables that are shipped."""
        return sorted(file.stem for file in self._folder.glob("*.csv")) if self._folder is not None else []

    def shipped(self, name: str) -> bytes | None:
        """The table of that name, or None."""
        return (self._folder / f"{name}.csv").read_bytes() if self._folder and name in self.names() else None

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """A list, or text that names a table."""
        names = "".join(f"|^{re.escape(name)}$" for name in self.names())
        return {"anyOf": [handler(core), {"type": "string", "pattern": rf"\.csv${names}"}]}


def _served(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("a path begins with /")
    if why := refusal(path):
        raise ValueError(why)
    return path


ServedPath = Annotated[str, AfterValidator(_served)]
"""A path of the engine's HTTP server that belongs to flows; `{name}` takes a part, `{name*}` the rest."""


def connection(kind: str) -> Any:
    """The pydantic field of a required connection of one kind; editor and checker read the kind."""
    return Field(json_schema_extra={"format": "connection", "connection": kind})


_SCALARS = ("bool", "int", "float")
_KEYS_STAY = "keys_schema"
"""Keys of YAML maps are text, so numbers among them are read from it."""


def _take_nothing_else(schema: Any) -> None:
    """Makes every scalar of a pydantic core schema strict, in place: 1, "yes" and "5" are no `true` and no 5."""
    if isinstance(schema, dict):
        if schema.get("type") in _SCALARS:
            schema["strict"] = True
        for key, inner in schema.items():
            if key not in (_KEYS_STAY, "default", "metadata", "expected"):
                _take_nothing_else(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            _take_nothing_else(inner)


class HostFile(NamedTuple):
    """A file of this machine that settings name; `own` where it lies in the data folder unless absolute.

    `folder` where it is one whether or not it is there yet, so that all below it is meant.
    """

    option: tuple[str, ...]
    path: str
    own: bool = False
    folder: bool = False


NAME_BYTES, PATH_BYTES = 255, 4_095
"""What a name and a whole path may have on Linux."""


def name_fault(path: str) -> str:
    """Why no file can ever have this path; empty where one can."""
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "the name has half a character"
    if b"\0" in encoded:
        return "the name holds NUL"
    if len(encoded) > PATH_BYTES or any(len(name) > NAME_BYTES for name in encoded.split(b"/")):
        return "file name too long"
    return ""


class Config(BaseModel):
    """Settings of one node. A field's docstring is its help text in editor and docs.

    A field whose option is a Python keyword ends with an underscore (`for_` is written `for`). Values are what the
    JSON Schema says and nothing near it: a bool is `true` or `false`, a number a finite number.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        populate_by_name=True,
        alias_generator=lambda name: name.rstrip("_"),
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    also_called: ClassVar[Mapping[str, str]] = {}
    """What people write for an option that has another name or shape here, and what they should write instead."""

    _leads: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def host_files(self) -> Sequence[HostFile]:
        """What of this machine these settings read or write, but for the node's own folder; the engine judges it."""
        inner = self._settings_within()
        return [file._replace(option=(name, *file.option)) for name, each in inner for file in each.host_files()]

    def files_in(self, *options: str, folder: bool = False) -> list[HostFile]:
        """The files that these options name; for `host_files`."""
        return [HostFile((option,), path, folder=folder) for option in options if (path := getattr(self, option))]

    def keep_real(self, leads: Mapping[str, str]) -> None:
        """Remember where the paths of `host_files` led when they were judged."""
        self._leads = leads
        for _, each in self._settings_within():
            each.keep_real(leads)

    def real(self, path: str | os.PathLike[str], below: str | os.PathLike[str] = "") -> str:
        """Where a path led, all links followed, when these settings were judged, or else leads now. Blocking.

        A path that was not judged begins in the folder `below`, unless it is absolute.
        What opens it follows no link any more: what was judged is what is used, also where a link takes its place.
        """
        try:
            return self._leads.get(str(path)) or os.path.realpath(os.path.join(below, path))
        except ValueError:  # NUL in it: whoever opens it says so
            return str(path)

    def _settings_within(self) -> "Sequence[tuple[str, Config]]":
        return [(name, each) for name, each in self if isinstance(each, Config)]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        schema = handler(source)
        _take_nothing_else(schema)
        return schema
