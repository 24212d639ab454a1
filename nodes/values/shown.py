"""A value in a sentence about it. Never in a label: values there make a series each."""

_JSON = {"None": "null", "True": "true", "False": "false"}
_MOST = 60


def shown(value: object) -> str:
    """As much of a value as a sentence has room for."""
    text = repr(value)
    return _JSON.get(text, text[:_MOST])
