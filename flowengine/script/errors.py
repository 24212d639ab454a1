"""What goes wrong with a script, as one readable sentence with its place in the block. Never a value of a message."""

from flowengine.expression.errors import shortened


class ScriptError(ValueError):
    """A script that cannot be compiled, or one that rejects a message.

    `reason` is the fault alone; `line` and `column` count from 1 within the block, `column` is None where only the line
    is known; `text` is the script where it could not be compiled.
    """

    def __init__(self, reason: str, line: int, column: int | None = None, text: str = "") -> None:
        self.reason = shortened(reason, 300)
        self.text = text
        self.line = line
        self.column = column
        place = f"line {line}" if column is None else f"line {line}, column {column}"
        super().__init__(f"{place}: {self.reason}")

    def __reduce__(self) -> tuple[type["ScriptError"], tuple[object, ...]]:
        return type(self), (self.reason, self.line, self.column, self.text)
