"""From a script's text to a checked syntax tree: the statements of Python that flow authors may write.

What stands in expressions is the grammar of `flowengine.expression`, widened by comprehensions and f-strings.
Everything not listed is refused. Nothing is compiled or run here.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

from flowengine.expression.errors import did_you_mean
from flowengine.expression.functions import FUNCTION_NAMES
from flowengine.expression.grammar import CONSTANT_NAMES, OPERATORS, STRUCTURE, Check
from flowengine.expression.placeholder import is_number_format
from flowengine.expression.slips import said_of
from flowengine.expression.times import TIMES
from flowengine.script.errors import ScriptError
from flowengine.script.tree import bound, nodes, place_texts
from flowengine.script.words import HINTS

MAX_SOURCE = 10_000
MAX_NODES = 2_500
MAX_DEPTH = 32
MAX_NESTING = 8
READ = frozenset({"payload", "topic", "meta", "time", "state"})
"""Names that every script has; `message.id` and `message.arrived` beside them."""

OF_MESSAGE = frozenset({"id", "arrived"})
EFFECTS: Mapping[str, tuple[int, int]] = {"send": (1, 3), "drop": (0, 0), "reject": (1, 1), "note": (1, 1)}
"""Statements that look like calls, with the fewest and most arguments."""

SEND = ("port", "payload", "topic")
LOOPS: Mapping[str, tuple[int, int]] = {"range": (1, 3), "enumerate": (1, 2), "items": (1, 1), "zip": (2, 4)}
"""What stands after `in` of a loop only, with the fewest and most arguments."""

PORT = re.compile(r"[A-Za-z_][\w-]{0,63}")
STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.If, ast.For, ast.Break, ast.Continue, ast.Pass, ast.Delete, ast.Expr,
    ast.Store, ast.Del,
)  # fmt: skip
COMPREHENSIONS = (ast.ListComp, ast.DictComp, ast.GeneratorExp)
PARTS = (ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.keyword)
ALLOWED = OPERATORS + STRUCTURE + STATEMENTS + COMPREHENSIONS + PARTS


def checked_script(text: str) -> tuple[ast.Module, tuple[str, ...]]:
    """The tree of an allowed script, and the ports it sends to. Raises ScriptError with the first fault's place."""
    if len(text) > MAX_SOURCE:
        raise ScriptError(f"longer than {MAX_SOURCE} characters", 1)
    if not text.strip():
        raise ScriptError("the script is empty", 1)
    module = _parsed(text)
    place_texts(module)
    check = _Check(text, bound(module))
    for node, depth, nesting in nodes(module):
        check.bounds(node, depth, nesting)
    for node, _, _ in nodes(module):
        check.node(node)
    return module, tuple(dict.fromkeys(check.ports))


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        lines = text.split("\n")
        number = min(error.lineno or 1, len(lines))
        reason, place = said_of(error, lines[number - 1], sets=True)
        raise ScriptError(reason, number, place) from None
    except (MemoryError, RecursionError):
        raise ScriptError(f"nested deeper than {MAX_DEPTH} levels", 1) from None
    except ValueError:
        raise ScriptError("a character that no script can have", 1) from None


class _Check(Check):
    """Refuses what is not in the grammar of scripts."""

    allowed: ClassVar[tuple[type[ast.AST], ...]] = ALLOWED
    hints: ClassVar[Mapping[type[ast.AST], str]] = HINTS
    what: ClassVar[str] = "a script"

    def __init__(self, text: str, bound: frozenset[str]) -> None:
        super().__init__(text, text, READ | bound)
        self.ports: list[str] = []
        self._lines = text.split("\n")
        self._iterated: set[int] = set()
        self._effects: set[int] = set()
        self._generators: set[int] = set()
        rules: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Assign: self._assign,
            ast.AugAssign: lambda node: self._target(node.target),
            ast.Delete: self._delete,
            ast.For: self._for,
            ast.comprehension: self._comprehension,
            ast.Expr: self._expression,
            ast.FormattedValue: self._formatted,
            ast.GeneratorExp: self._generator,
        }
        self._rules.update(rules)

    def fail(self, node: ast.AST, reason: str) -> NoReturn:
        """Refuse the script because of this node."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        written = self._lines[line - 1].encode() if line <= len(self._lines) else b""
        raise ScriptError(reason, line, len(written[:offset].decode(errors="ignore")) + 1) from None

    def bounds(self, node: ast.AST, depth: int, nesting: int) -> None:
        """Refuse a script that is too deep or too large."""
        self._place = node if hasattr(node, "col_offset") else self._place
        self._seen += 1
        if depth > MAX_DEPTH or nesting > MAX_NESTING:
            most = f"{MAX_NESTING} blocks" if nesting > MAX_NESTING else f"{MAX_DEPTH} levels"
            self.fail(self._place or node, f"nested deeper than {most}")
        if self._seen > MAX_NODES:
            self.fail(self._place or node, f"more than {MAX_NODES} parts")

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._new_name(node)
        elif id(node) in self._called:
            return
        elif node.id in EFFECTS:
            self.fail(node, f"{node.id}(…) stands on a line of its own")
        elif node.id in LOOPS and node.id not in self._names:
            self.fail(node, f"{node.id}(…) stands after `in` of a loop only")
        else:
            super()._name(node)

    def _new_name(self, node: ast.Name) -> None:
        if (
            (node.id in FUNCTION_NAMES and node.id not in TIMES)
            or node.id in EFFECTS
            or node.id in LOOPS
            or node.id in CONSTANT_NAMES
        ):
            self.fail(node, f"{node.id} has a meaning already; choose another name")
        if node.id == "state":
            self.fail(node, "state itself stays; set what is in it: `state.n = …`")
        if node.id == "message" or node.id.startswith("__"):
            self.fail(node, f"{node.id} cannot be set; choose another name")

    def _attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id == "message" and "message" not in self._names:
            if node.attr not in OF_MESSAGE or not isinstance(node.ctx, ast.Load):
                self.fail(node, "message has id and arrived, and neither can be set")
            self._called.add(id(node.value))
            return
        super()._attribute(node)

    def _dict(self, node: ast.Dict) -> None:
        super()._dict(node)
        for key in node.keys:
            if isinstance(key, ast.Constant) and not isinstance(key.value, str):
                self.fail(key, 'the keys of a map are texts; write quotes: {"a": 1}')

    def _assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1:
            self.fail(node, "one name is set at a time: `a = …`, then `b = a`")
        self._target(node.targets[0], several=True)

    def _target(self, node: ast.expr, several: bool = False) -> None:
        if isinstance(node, ast.Name):
            return
        if several and isinstance(node, (ast.Tuple, ast.List)):
            for item in node.elts:
                if not isinstance(item, ast.Name) or item.id in READ:
                    self.fail(item, "several values at once go to names: `a, b = …`")
            return
        root = node
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            if isinstance(root, ast.Subscript) and isinstance(root.slice, ast.Slice):
                self.fail(root, "a part of a list cannot be set; set the whole")
            root = root.value
        if not isinstance(root, ast.Name):
            self.fail(node, "only a name, or what is in it, can be set: `payload.x = …`")
        if root.id in ("topic", "time", "message"):
            self.fail(node, f"nothing can be set in {root.id}")

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if not isinstance(target, (ast.Attribute, ast.Subscript)):
                self.fail(target, "del takes what is in a map: `del payload.raw`")
            self._target(target)

    def _loop(self, target: ast.expr, source: ast.expr) -> None:
        for item in target.elts if isinstance(target, ast.Tuple) else [target]:
            if not isinstance(item, ast.Name) or item.id in READ:
                self.fail(item, "a loop gives its items to names of your own: `for i, v in …`")
        if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id in LOOPS:
            self._iterated.add(id(source))

    def _for(self, node: ast.For) -> None:
        if node.orelse:
            self.fail(node, "else of a loop is not allowed")
        self._loop(node.target, node.iter)

    def _comprehension(self, node: ast.comprehension) -> None:
        if node.is_async:
            self.fail(node.target, "async is not allowed")
        self._loop(node.target, node.iter)

    def _expression(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in EFFECTS:
            self._effects.add(id(call))
            return
        known = " ".join(sorted(EFFECTS))
        self.fail(node, f"this line does nothing; set something (`x = …`), or write one of {known}")

    def _generator(self, node: ast.GeneratorExp) -> None:
        if id(node) not in self._generators:
            self.fail(node, "write a list: [… for …]")

    def _formatted(self, node: ast.FormattedValue) -> None:
        if node.conversion != -1:
            self.fail(node, "! is not allowed in an f-string")
        spec = node.format_spec
        if spec is None:
            return
        parts = spec.values if isinstance(spec, ast.JoinedStr) else []
        form = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        if len(form) == 0 or any(not isinstance(part, ast.Constant) for part in parts) or not is_number_format(form):
            self.fail(node, "this format is not allowed; write one such as .2f or 06d")

    def _call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        for argument in node.args:
            if isinstance(argument, ast.GeneratorExp):
                self._generators.add(id(argument))
        if id(node) in self._effects:
            self._effect(node, name)
        elif id(node) in self._iterated:
            self._called.add(id(node.func))
            self._counted(node, name, LOOPS[name])
        else:
            super()._call(node)

    def _function_name(self, node: ast.Call) -> str:
        function = node.func
        if isinstance(function, ast.Name) and function.id in (*EFFECTS, *LOOPS):
            self._name(function)
        if isinstance(function, ast.Name) and function.id not in FUNCTION_NAMES and function.id not in self._names:
            known = {*FUNCTION_NAMES, *EFFECTS, *LOOPS}
            self.fail(function, f"unknown function {function.id!r}{did_you_mean(function.id, known)}")
        return super()._function_name(node)

    def _effect(self, node: ast.Call, name: str) -> None:
        self._called.add(id(node.func))
        for keyword in node.keywords:
            if name != "send" or keyword.arg not in ("payload", "topic"):
                self.fail(node, f"{name} takes no {keyword.arg or '**'}")
        named = [keyword.arg for keyword in node.keywords]
        if len({*SEND[: len(node.args)], *named}) < min(len(node.args), len(SEND)) + len(named):
            self.fail(node, "send is given the same thing twice")
        self._counted(node, name, EFFECTS[name], extra=len(node.keywords))
        if name == "send":
            port = node.args[0]
            if not isinstance(port, ast.Constant) or not isinstance(port.value, str):
                self.fail(port, 'send takes the name of a port first: send("hot", …)')
            if not PORT.fullmatch(port.value) or port.value in ("error",):
                self.fail(port, f"{port.value!r} is no name for a port")
            self.ports.append(port.value)

    def _counted(self, node: ast.Call, name: str, bounds: tuple[int, int], extra: int = 0) -> None:
        if node.keywords and not extra:
            self.fail(node, f"{name} takes its arguments by position")
        fewest, most = bounds
        given = len(node.args) + extra
        if not fewest <= given <= most:
            wanted = f"{fewest}" if most == fewest else f"{fewest} to {most}"
            self.fail(node, f"{name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {given}")
