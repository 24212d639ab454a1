"""The compiled script: one check, then Python code that handles one message; and the runner around it.

The code is compiled once for each text; a runner binds it to the budget, the log and the state of one node.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any

from flowengine.expression import patterns
from flowengine.expression.functions import PATTERN_FUNCTIONS
from flowengine.expression.rewrite import NS_PER_S
from flowengine.message import Message
from flowengine.parts import STEP_NS
from flowengine.script.budget import PER_MESSAGE, Budget
from flowengine.script.errors import ScriptError
from flowengine.script.explain import FILE_NAME, explained
from flowengine.script.expressions import units
from flowengine.script.grammar import checked_script
from flowengine.script.operations import charged_pattern, operations
from flowengine.script.statements import Statements

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

ENTERING = 20
"""Units that a message costs before its script begins."""

MAX_SENT = 1_000
MAX_NOTES = 10
FORM = """
def run(m, v_state, sent):
    BODY
"""
FIRST = {"payload": "m.payload", "topic": "m.topic", "meta": "m.meta", "time": f"m.time_ns / {NS_PER_S}"}


class Dropped(Exception):
    """`reject(reason)`: the script gives the message up."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a runner is given from outside."""

    made_id: Callable[[int, int], int]
    """The id of what is sent, from the id of the message and the ordinal: the same when the message comes again."""

    time_ns: Callable[[Any], int]
    """From what a script sets as `time` to nanoseconds since the epoch; raises ValueError for what is no time."""

    note: Callable[[str], None]


Outcome = tuple[Message | None, list[tuple[str, Message]], Mapping[str, Any]]
"""What came of one message: what goes on by `out` (None: nothing), and by other ports; the state after it."""


class Script:
    """A script, checked and compiled. `ports` are those that it sends to, `keeps` says whether it has state."""

    __slots__ = ("_code", "_module", "_patterns", "_straight", "keeps", "ports", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._compile()
        except ScriptError as error:
            raise ScriptError(error.reason, error.line, error.column, text) from None

    def _compile(self) -> None:
        self._module, self.ports = checked_script(self.text)
        self._patterns: dict[str, tuple[str, str]] = {}
        statements = Statements(copy.deepcopy(self._module), self._bind)
        body = [*statements.body(), *statements.end()]
        self.keeps = "state" in statements.read
        self._straight = sum(map(units, self._module.body))
        needed = statements.read | statements.assigned | statements.changed
        first = [f"v_{name} = {value}" for name, value in FIRST.items() if name in needed]
        first += ["n_time = m.time_ns"] if "time" in statements.assigned else []
        self._code = _compiled([*ast.parse("\n".join(first)).body, *body])

    def runner(self, tools: Tools) -> Runner:
        """What handles messages by this script."""
        budget = _Budget()
        runner = Runner(self._module, budget, PER_MESSAGE - self._straight)
        scope = operations(budget) | _effects(budget, tools) | {"_message": Message}
        for name, (function, pattern) in self._patterns.items():
            compiled = patterns.compiled(pattern)
            scope[name] = charged_pattern(PATTERN_FUNCTIONS[function](compiled), budget, compiled.programsize)
        exec(self._code, scope)  # noqa: S102 - the tree is ours, out of checked parts
        runner.run = scope["run"]
        return runner

    def _bind(self, function: str, pattern: str) -> str:
        try:
            patterns.compiled(pattern)
        except ValueError as error:
            found = (n for n in ast.walk(self._module) if isinstance(n, ast.Constant) and n.value == pattern)
            place = next(found)
            raise ScriptError(str(error), place.lineno, place.col_offset + 1) from None
        name = f"_{function}_{len(self._patterns)}"
        self._patterns[name] = (function, pattern)
        return name

    @property
    def tree(self) -> ast.Module:
        """What was written, as a tree; not to be changed."""
        return self._module

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        from flowengine.expression.schema import compiled_text

        return compiled_text(cls, cls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Script) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Script({self.text!r})"

    def __reduce__(self) -> tuple[type[Script], tuple[str]]:
        return Script, (self.text,)


class _Budget(Budget):
    """The budget of a runner, with the state that the script leaves and the notes it has written."""

    __slots__ = ("notes", "state")

    def __init__(self) -> None:
        super().__init__()
        self.state: Mapping[str, Any] = {}
        self.notes = 0


class Runner:
    """Handles messages, one at a time. `work` sums up the units of all of them."""

    __slots__ = ("_budget", "_module", "_most", "run", "work")

    def __init__(self, module: ast.Module, budget: _Budget, most: int) -> None:
        self._module = module
        self._budget = budget
        self._most = most
        self.run: Callable[..., Message | None] = lambda *_: None
        self.work = 0

    def __call__(self, message: Message, state: Mapping[str, Any]) -> Outcome:
        """What comes of a message, given the state before it. Raises ScriptError; then nothing was sent or kept."""
        budget, sent = self._budget, []  # type: ignore[var-annotated]
        budget.left, budget.state, budget.notes = self._most, state, 0
        try:
            out = self.run(message, state, sent)
        except Exception as error:
            self.work += PER_MESSAGE  # finding the words of an error takes about as long as a message may
            raise explained(self._module, error) from None
        self.work += ENTERING + PER_MESSAGE - budget.left
        return out, sent, budget.state


def _compiled(body: list[ast.stmt]) -> CodeType:
    module = ast.parse(FORM)
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body
    return compile(ast.fix_missing_locations(module), FILE_NAME, "exec", dont_inherit=True)


def _effects(budget: _Budget, tools: Tools) -> dict[str, Any]:
    def send(
        sent: list[tuple[str, Message]], m: Message, port: str, payload: Any, topic: str, time_ns: int,
        meta: Mapping[str, Any],
    ) -> None:  # fmt: skip
        if len(sent) >= MAX_SENT:
            raise ValueError(f"more than {MAX_SENT} messages sent for one")
        budget.weigh(payload)
        place = len(sent)
        if time_ns == m.time_ns:
            time_ns += place * STEP_NS  # else a time-series database would keep the last of them alone
        id = tools.made_id(m.id, place)
        sent.append((port, Message(payload, topic, time_ns, meta, m.arrived_ns + place * STEP_NS, id)))

    def reject(reason: Any) -> None:
        raise Dropped(reason if isinstance(reason, str) else "rejected by the script")

    def note(line: Any) -> None:
        if not isinstance(line, str):
            raise TypeError("note takes a text; text(x) makes text")
        budget.notes += 1
        if budget.notes > MAX_NOTES:
            raise ValueError(f"more than {MAX_NOTES} notes for one message")
        tools.note(line)

    return {"_send": send, "_reject": reject, "_note": note, "_time_ns": tools.time_ns}
