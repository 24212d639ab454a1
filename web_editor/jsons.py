"""JSON of whatever flows carry. Nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

DEEPEST = 64


def to_json(value: Any) -> bytes:
    """The value as JSON; what JSON lacks becomes text, what nests too deeply an ellipsis."""
    try:
        return msgspec.json.encode(value, enc_hook=str)
    except (OverflowError, TypeError, ValueError, RecursionError):
        return msgspec.json.encode(plain(value))


def plain(value: Any, depth: int = 0) -> Any:
    """The value in what JSON has: no huge integers, no half characters, text as keys."""
    if depth > DEEPEST:
        return "…"
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        value = {field.encode_name: getattr(value, field.name) for field in fields}
    if isinstance(value, dict):
        return {_text(str(key)): plain(item, depth + 1) for key, item in value.items() if item is not msgspec.UNSET}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, msgspec.Raw):
        return value
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    return _text(str(value))


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
