"""One payload from or to one format, or whichever way its type asks for. The formats themselves are in `payload`."""

from collections.abc import Callable
from typing import Any, Literal

from nodes.codecs.payload import MAX_BYTES, BadPayload, Count, decoder, encoder

Action = Literal["auto", "decode", "encode"]

_BYTES = (bytes, bytearray, memoryview)


def converter(
    form: str, action: Action = "auto", max_bytes: int = MAX_BYTES, count: Count = lambda reason, n: None
) -> Callable[[Any], Any]:
    """The function from a payload to the converted one. It raises BadPayload.

    `auto` decodes bytes, and text where the format is one of text; it encodes everything else.
    """
    decode_bytes, encode = decoder(form, max_bytes, count=count), encoder(form)
    is_text = form == "json"

    def decode(value: Any) -> Any:
        if isinstance(value, _BYTES):
            return decode_bytes(bytes(value))
        if is_text and isinstance(value, str):
            return decode_bytes(value.encode("utf-8", "surrogatepass"))
        raise BadPayload("not_bytes", f"a {type(value).__name__} is not {form}; it may be decoded already")

    def either(value: Any) -> Any:
        if isinstance(value, _BYTES) or (is_text and isinstance(value, str)):
            return decode(value)
        return encode(value)

    return {"decode": decode, "encode": encode, "auto": either}[action]
