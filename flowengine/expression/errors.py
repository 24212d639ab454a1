"""What goes wrong with an expression or a template, as one readable sentence.

Only the error types live here; finding the words for a failed evaluation is `explain`'s part. An error carries the flow
author's text, the kinds of values and a few key names, never a value: payloads may be secret and may be huge.
"""

import difflib
from collections.abc import Iterable

SHOWN_CHARACTERS = 160


class ExpressionError(ValueError):
    """An expression that cannot be compiled, or one that cannot be evaluated for a message.

    `text` is the expression, `reason` the fault alone, `column` counts characters from 1 (None where there is no one
    place), `missing` lists the look-ups that gave nothing and so caused the fault.
    """

    def __init__(self, text: str, reason: str, column: int | None = None, missing: tuple[str, ...] = ()) -> None:
        self.text = text
        self.reason = reason
        self.column = column
        self.missing = missing
        place = "" if column is None else f"column {column}: "
        super().__init__(f"{shortened(text)}: {place}{reason}")

    def __reduce__(self) -> tuple[type["ExpressionError"], tuple[object, ...]]:
        return type(self), (self.text, self.reason, self.column, self.missing)


class TemplateError(ValueError):
    """A template that cannot be compiled, or one that cannot be filled from a message.

    `text` is the template, `reason` the fault alone, `column` counts characters from 1, `name` is the placeholder at
    fault.
    """

    def __init__(self, text: str, reason: str, column: int | None = None, name: str = "") -> None:
        self.text = text
        self.reason = reason
        self.column = column
        self.name = name
        place = "" if column is None else f"column {column}: "
        super().__init__(f"{shortened(text)}: {place}{reason}")

    def __reduce__(self) -> tuple[type["TemplateError"], tuple[object, ...]]:
        return type(self), (self.text, self.reason, self.column, self.name)


def shortened(text: str, characters: int = SHOWN_CHARACTERS) -> str:
    """The text itself, or its beginning and an ellipsis when it is longer than `characters`; always encodable."""
    text = text.encode(errors="replace").decode()
    return text if len(text) <= characters else text[: characters - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'payload'?`, or nothing when no known word is near."""
    near = difflib.get_close_matches(word[:64], sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
