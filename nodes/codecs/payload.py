"""Payloads from and to bytes: JSON, MessagePack, CBOR, text, bytes. What it means (numbers, times) is `normalise`.

Everything from outside is bounded in size and depth, and what is refused is refused with a stable word to count it by:
empty, too_large, too_deep, too_many (values), bad_key, malformed, not_utf8, out_of_range (a number no double can hold);
unencodable on the way out.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from nodes.codecs import cbor
from nodes.codecs.depth import holds_more
from nodes.codecs.dirty import (
    bad_times_as_null,
    bare,
    begins_like_a_record,
    finite_json,
    finite_record,
    may_hold_what_is_not_finite,
)  # fmt: skip
from nodes.codecs.keys import TooMany, check_keys, may_have_large_msgpack_map, scan_cbor, scan_msgpack
from nodes.codecs.plain import plain
from nodes.codecs.refusals import MAX_BYTES, MAX_DEPTH, BadPayload, check_depth, check_size, most_values, refused
from nodes.codecs.wording import kind_words, plain_words

__all__ = ["FORMATS", "MAX_BYTES", "MAX_DEPTH", "BadPayload", "Count", "Decode", "Encode", "decoder", "encoder"]

FORMATS = ("auto", "json", "msgpack", "cbor", "text", "bytes")
_LIMITS = frozenset(("too_large", "too_deep", "too_many", "out_of_range"))
_OPENS_NOTHING = bytes((*range(0x80), *range(0xA0, 0xDC), *range(0xE0, 0x100)))
"""The MessagePack bytes that begin neither an array nor a map."""

_SMALL_MAPS = frozenset(bytes((first,)) for first in range(0x81, 0x90))
"""How the MessagePack of a map of 1 to 15 entries begins: the usual record, whose keys its reader can check."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)

Decode = Callable[[bytes], Any]
Encode = Callable[[Any], bytes]
Count = Callable[[str, int], None]
"""Is told what was mended, and how often."""


def decoder(
    formats: str | Sequence[str],
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    fallbacks: Counter[str] | None = None,
    count: Count = lambda reason, n: None,
) -> Decode:
    """Return a function from bytes to the value they hold; it raises BadPayload.

    Of several formats the first that fits wins; `fallbacks` then counts, by name, how often a later one did. Depth is
    the number of containers inside each other. `auto` is JSON if it is JSON, else text if UTF-8, else bytes; what
    begins like a JSON record and is none is refused. A field of a record that is not finite is null, told to `count`.
    """
    names = _checked(formats)
    decoders = [_DECODERS[name](max_bytes, max_depth, count) for name in names]
    return decoders[0] if len(decoders) == 1 else _first_that_fits(names, decoders, fallbacks)


def encoder(formats: str | Sequence[str]) -> Encode:
    """Return a function from a value to its bytes in the first of `formats`; it raises BadPayload (unencodable).

    Bytes in JSON are base64, times RFC 3339, and NaN and infinities null (JSON has no others). Text and `auto` leave
    text and bytes as they are and write any other value as JSON.
    """
    return _ENCODERS[_checked(formats)[0]]


def _checked(formats: str | Sequence[str]) -> tuple[str, ...]:
    names = (formats,) if isinstance(formats, str) else tuple(formats)
    if not names or (unknown := [name for name in names if name not in FORMATS]):
        raise ValueError(f"no such format: {', '.join(unknown) if names else '(none)'}; use {', '.join(FORMATS)}")
    return names


def _first_that_fits(names: Sequence[str], decoders: Sequence[Decode], fallbacks: Counter[str] | None) -> Decode:
    first, others = decoders[0], tuple(zip(names, decoders, strict=True))[1:]

    def decode(data: bytes) -> Any:
        try:
            return first(data)
        except BadPayload as refusal:
            return decode_otherwise(data, refusal)

    def decode_otherwise(data: bytes, refusal: BadPayload) -> Any:
        details = [f"{names[0]} {refusal}"]
        for name, attempt in others:
            try:
                value = attempt(data)
            except BadPayload as next_refusal:
                details.append(f"{name} {next_refusal}")
                continue
            if fallbacks is not None:
                fallbacks[name] += 1
            return value
        raise BadPayload(refusal.reason, "; ".join(details))

    return decode


def _json_decoder(max_bytes: int, max_depth: int, count: Count) -> Decode:
    loads, small_bytes = msgspec.json.Decoder().decode, min(2 * max_depth, max_bytes)  # a container takes two brackets
    most = most_values(max_bytes)

    def decode(data: bytes) -> Any:
        perhaps_deep = False
        if len(data) > small_bytes:
            check_size(data, max_bytes)
            containers = data.count(b"[") + data.count(b"{")
            perhaps_deep = containers > max_depth
            if containers > most and _is_crowded(_STRING.sub(b"", data), most):
                raise refused(TooMany(most), data)
        try:
            value = loads(data)
        except (ValueError, RecursionError) as error:
            value = mended(data, error)
        if perhaps_deep:
            check_depth(value, max_depth)
        if len(data) > most and holds_more(value, most):  # each takes a byte at least
            raise refused(TooMany(most), data)
        return value

    def mended(data: bytes, error: Exception) -> Any:
        text, found = bare(data), 0
        if text.lstrip()[:1] in (b"{", b"[") and not _is_crowded(data, most):
            text, found = finite_json(text)
        if text == data:
            raise refused(error, data) from error
        try:
            value = loads(text)
        except (ValueError, RecursionError) as lasting:
            raise refused(error if found else lasting, data) from lasting
        if found:
            count(cbor.NOT_FINITE, found)
        return value

    return decode


def _msgpack_decoder(max_bytes: int, max_depth: int, count: Count) -> Decode:
    loads, small_bytes = msgspec.msgpack.Decoder().decode, min(max_depth, max_bytes)
    flat = msgspec.msgpack.Decoder(dict[str, int | float | str | bool | None]).decode
    most = most_values(max_bytes)

    def decode(data: bytes) -> Any:
        if data[:1] in _SMALL_MAPS and len(data) <= max_bytes:
            try:
                value = flat(data)
            except (ValueError, RecursionError):
                return decode_any(data)
            return finite_record(value, count) if may_hold_what_is_not_finite(data, "msgpack") else value
        return decode_any(data)

    def decode_any(data: bytes) -> Any:
        perhaps_deep = False
        if len(data) > small_bytes:
            check_size(data, max_bytes)
            perhaps_deep = len(data.translate(None, _OPENS_NOTHING)) > max_depth
        try:
            if len(data) > most or may_have_large_msgpack_map(data):
                scan_msgpack(data, most)
            value = loads(data)
            check_keys(value)
        except msgspec.ValidationError as error:
            value = without_bad_times(data, error)
        except (ValueError, RecursionError) as error:
            raise refused(error, data) from error
        if perhaps_deep:
            check_depth(value, max_depth)
        return finite_record(value, count) if may_hold_what_is_not_finite(data, "msgpack") else value

    def without_bad_times(data: bytes, error: Exception) -> Any:
        try:
            value, lost = bad_times_as_null(data)
            check_keys(value)
        except (ValueError, RecursionError) as lasting:
            raise refused(lasting, data) from error
        if value is None:  # there is nothing beside it
            raise refused(error, data) from error
        count(cbor.TIME_OUT_OF_RANGE, lost)
        return value

    return decode


def _cbor_decoder(max_bytes: int, max_depth: int, count: Count) -> Decode:
    tags, most = cbor.tag_decoders(lambda reason: count(reason, 1)), most_values(max_bytes)

    def decode(data: bytes) -> Any:
        check_size(data, max_bytes)
        try:
            if len(data) > most:
                scan_cbor(data, most)
            value = cbor.decode(data, max_depth, tags)
        except ValueError as error:
            raise refused(error, data) from error
        return finite_record(value, count) if may_hold_what_is_not_finite(data, "cbor") else value

    return decode


def _text_decoder(max_bytes: int, max_depth: int, count: Count) -> Decode:
    def decode(data: bytes) -> str:
        check_size(data, max_bytes)
        try:
            return str(data, "utf-8")
        except UnicodeDecodeError as error:
            raise refused(error, data) from error

    return decode


def _bytes_decoder(max_bytes: int, max_depth: int, count: Count) -> Decode:
    def decode(data: bytes) -> bytes:
        check_size(data, max_bytes)
        return bytes(data)

    return decode


def _auto_decoder(max_bytes: int, max_depth: int, count: Count) -> Decode:
    """Return JSON, text or bytes; a JSON record that is broken or breaks a limit would pass unseen as text: refused."""
    decode_json = _json_decoder(max_bytes, max_depth, count)

    def decode(data: bytes) -> Any:
        try:
            return decode_json(data)
        except BadPayload as refusal:
            if refusal.reason in _LIMITS or begins_like_a_record(bare(data)):
                raise
        try:
            return str(data, "utf-8")
        except UnicodeDecodeError:
            return bytes(data)

    return decode


def _is_crowded(data: bytes, most: int) -> bool:
    """Whether a JSON text has so many strings, containers or commas that looking at each takes long."""
    return max(data.count(b'"') // 2, data.count(b","), data.count(b"[") + data.count(b"{")) > most


def _encode_with(encode: Callable[[Any], bytes], value: Any) -> bytes:
    try:
        return encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadPayload("unencodable", plain_words(error)) from error


_encode_json = partial(_encode_with, msgspec.json.Encoder(enc_hook=plain).encode)


def _encode_text(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return _encode_with(str.encode, value) if isinstance(value, str) else _encode_json(value)


def _encode_bytes(value: Any) -> bytes:
    if isinstance(value, (str, bytes, bytearray, memoryview)):
        return _encode_text(value)
    raise BadPayload("unencodable", f"{kind_words(value)} is neither bytes nor text")


_DECODERS: dict[str, Callable[[int, int, Count], Decode]] = {
    "auto": _auto_decoder,
    "json": _json_decoder,
    "msgpack": _msgpack_decoder,
    "cbor": _cbor_decoder,
    "text": _text_decoder,
    "bytes": _bytes_decoder,
}
_ENCODERS: dict[str, Encode] = {
    "auto": _encode_text,
    "json": _encode_json,
    "msgpack": partial(_encode_with, msgspec.msgpack.Encoder(enc_hook=plain).encode),
    "cbor": partial(_encode_with, partial(cbor.encode, other=plain)),
    "text": _encode_text,
    "bytes": _encode_bytes,
}
