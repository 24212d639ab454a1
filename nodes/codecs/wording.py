"""Why bytes are no value, or a value has no bytes, in words of our own: what a library says is for programmers."""

import re

from flowengine.counts import count_of

ENDS_EARLY = "it ends too early"

_PLACE = re.compile(r"(?:(?:JSON|MessagePack data) is malformed: )?(?P<what>.*) \(byte (?P<at>\d+)\)", re.DOTALL)
_PREFIX = re.compile(r"error decoding [^:]*: ")
_WORDS = {
    "Input data was truncated": ENDS_EARLY,
    "Number out of range": "a number is beyond every double",
    "object keys must be strings": "a key is no text in quotes",
    "map keys must be hashable": "a key is neither text nor bytes nor an integer",
    "missing value for key in indefinite-length map": "a key has no value",
    "break code encountered where a data item was expected": "it ends where a value should stand",
    "invalid two-byte sequence for simple value": "a simple value is written in a way that CBOR forbids",
    "indefinite length not allowed here": "a value without a length stands where none may",
    "can't serialize ints < -2**63 or > 2**64 - 1": "an integer is beyond 64 bits",
}
_PATTERNS = [
    (re.compile(r"invalid opcode '\\x(..)'"), r"no value begins with 0x\1"),
    (re.compile(r"unknown unsigned integer subtype (\w+)"), r"a length is written as \1, which CBOR reserves"),
    (
        re.compile(r"undefined reserved major type 7 subtype (\w+)"),
        r"a simple value is written as \1, which CBOR reserves",
    ),
    (re.compile(r"non-(text|byte) string \(.*\) found in .*"), r"a piece of a long \1 string is something else"),
    (re.compile(r"premature end of stream.*"), ENDS_EARLY),
    (re.compile(r"Invalid MessagePack timestamp.*"), "a time is none"),
]
_KINDS = {"NoneType": "nothing", "bool": "true/false", "int": "a number", "float": "a number", "dict": "a map"}
_KINDS |= {"list": "a list", "tuple": "a list", "str": "text", "bytes": "bytes", "bytearray": "bytes"}


def plain_words(error: Exception, data: bytes = b"") -> str:
    """What is wrong, with the byte where it is known; `data` is what was being read."""
    if isinstance(error, UnicodeDecodeError):
        at = max(data.find(error.object), 0) + error.start
        return f"byte {at} (0x{error.object[error.start]:02x}) is no UTF-8"
    if isinstance(error, UnicodeEncodeError):
        return f"character {error.start} is half a character (a surrogate)"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    text = _PREFIX.sub("", str(error))
    found = _PLACE.fullmatch(text)
    what, place = (found["what"], f" at byte {found['at']}") if found else (text, "")
    if what == "trailing characters":
        return "more follows the value"  # the byte that is told is another
    words = _in_our_words(what)
    return f"{words}, after {count_of(len(data), 'byte')}" if words == ENDS_EARLY and data else words + place


def _in_our_words(what: str) -> str:
    if what in _WORDS:
        return _WORDS[what]
    for pattern, words in _PATTERNS:
        if pattern.fullmatch(what):
            return pattern.sub(words, what)
    return what


def kind_words(value: object) -> str:
    """What a value is, for whom does not program."""
    name = type(value).__name__
    return _KINDS.get(name, f"a value of kind {name}")
