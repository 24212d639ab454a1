"""Whatever a decoder gives, as MessagePack and back, for all that is kept on disk: spools, dead letters, state, values.

MessagePack lacks integers beyond 64 bits, text with half a surrogate pair, maps as keys, and what only CBOR has (tags,
simple values, undefined). These travel as an extension of ours; a device's own extensions stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.msgpack import Decoder, Encoder, Ext

CODE = -78
"""Of the extension; below 0 no device's own are allowed. What does not begin with MARK is a device's all the same."""

MARK = b"fe\x01"
T = TypeVar("T")
UNFIT = (OverflowError, UnicodeEncodeError, TypeError, ValueError)


def encode(value: Any) -> bytes:
    """The value as MessagePack. What no format has (a set, a decimal) becomes a list or text, as JSON has it."""
    try:
        return _encode(value)
    except UNFIT:
        return _encode(_fit(value))


def decoder(kind: type[T]) -> Callable[[bytes], T]:
    """The function that reads what `encode` wrote of this type; it raises `msgspec.DecodeError`."""
    return Decoder(kind, ext_hook=_restored).decode


def _foreign(value: Any) -> Any:
    """A value that MessagePack lacks, of a type that it lacks."""
    kind = type(value).__name__
    if _is_cbor(value):
        if kind == "CBORTag":
            return _extension("tag", [value.tag, value.value])
        if kind == "CBORSimpleValue":
            return _extension("simple", value.value)
        if kind == "UndefinedType":
            return _extension("undefined", None)
        if isinstance(value, Mapping):
            return _extension("map", [[key, each] for key, each in value.items()])
    return dict(value) if isinstance(value, Mapping) else str(value)


def _fit(value: Any) -> Any:
    """The value with everything in place of which MessagePack refuses."""
    if isinstance(value, bool | float | bytes) or value is None:
        return value
    if isinstance(value, int):
        fits = -(2**63) <= value < 2**64
        return value if fits else _extension("int", value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, str):
        return value if is_utf8(value) else _extension("text", value.encode("utf-8", "surrogatepass"))
    if isinstance(value, Mapping) and not _is_cbor(value):
        if all(isinstance(key, str) and is_utf8(key) for key in value):
            return {key: _fit(each) for key, each in value.items()}
        return _extension("dict", [[_fit(key), _fit(each)] for key, each in value.items()])
    if isinstance(value, list | tuple):
        return [_fit(each) for each in value]
    if isinstance(value, msgspec.Struct):
        texts = _texts_of(type(value))
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return msgspec.structs.replace(
            value, **{name: _printable(each) if name in texts else _fit(each) for name, each in fields.items()}
        )
    try:
        _encode(value)
    except UNFIT:
        return str(value)  # a time that no zone of UTC has, such as the last evening of 9999 in the west
    return value


@cache
def _texts_of(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Fields that are read back as text alone."""
    return frozenset(field.name for field in msgspec.structs.fields(kind) if field.type is str)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _is_cbor(value: Any) -> bool:
    return type(value).__module__ == "cbor2"


def is_utf8(text: str) -> bool:
    """Whether a text has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _extension(kind: str, value: Any) -> Ext:
    return Ext(CODE, MARK + encode([kind, value]))


def _restored(code: int, data: memoryview) -> Any:
    content = bytes(data)
    if code != CODE or not content.startswith(MARK):
        return Ext(code, content)
    kind, value = _decode(content[len(MARK) :])
    return _MADE[kind](value)


def _tag(value: Any) -> Any:
    from cbor2 import CBORTag

    return CBORTag(*value)


def _simple(value: Any) -> Any:
    from cbor2 import CBORSimpleValue

    return CBORSimpleValue(value)


def _undefined(_value: Any) -> Any:
    from cbor2 import undefined

    return undefined


def _dict(pairs: Any) -> dict[Any, Any]:
    return {_hashable(key): value for key, value in pairs}


def _map(pairs: Any) -> Any:
    from cbor2 import frozendict

    return frozendict({_hashable(key): _hashable(value) for key, value in pairs})


def _hashable(value: Any) -> Any:
    return tuple(_hashable(each) for each in value) if isinstance(value, list) else value


_MADE: Mapping[str, Callable[[Any], Any]] = {
    "int": lambda data: int.from_bytes(data, "big", signed=True),
    "text": lambda data: data.decode("utf-8", "surrogatepass"),
    "tag": _tag,
    "simple": _simple,
    "undefined": _undefined,
    "dict": _dict,
    "map": _map,
}
_encode = Encoder(enc_hook=_foreign).encode
_decode = Decoder(ext_hook=_restored).decode
