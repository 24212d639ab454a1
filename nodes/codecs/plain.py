"""The nearest plain value of what only CBOR or MessagePack has. Never here: how any of them is read or written."""

from typing import Any

import cbor2
import msgspec

from nodes.codecs.wording import kind_words


def plain(value: Any) -> Any:
    """Return the nearest plain value of one only CBOR or MessagePack has. Raises TypeError for a type of no format.

    For `enc_hook` of msgspec: a tag is its value, a simple value its number, undefined null, an extension {code, data}.
    """
    if isinstance(value, cbor2.CBORTag):
        return value.value
    if isinstance(value, cbor2.CBORSimpleValue):
        return value.value
    if isinstance(value, msgspec.msgpack.Ext):
        return {"code": value.code, "data": bytes(value.data)}
    if isinstance(value, cbor2.frozendict):
        return dict(value)
    if value is cbor2.undefined:
        return None
    raise TypeError(f"{kind_words(value)} has no place in this format")
