"""From checked statements of a script to those that are compiled: assignments copy, loops pay, effects are collected.

Values behave as values: setting what is in a name changes that name and nothing else, whatever else holds the same map.
A map is copied at its first change; after that only where another name, list or message may hold it, too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import cast

from flowengine.expression.rewrite import NS_PER_S
from flowengine.script.expressions import ScriptForm, call, constant, load, units
from flowengine.script.grammar import SEND

NOT_TAKEN = frozenset({"len", "keys", "contains"})
"""Functions that look at what they are given, and keep nothing of it."""

FRESH = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.DictComp)


class Statements:
    """Rewrites the statements of one script."""

    def __init__(self, module: ast.Module, bind: Callable[[str, str], str]) -> None:
        self._form = ScriptForm(bind)
        self._module = module
        names = [node for node in ast.walk(module) if isinstance(node, ast.Name)]
        self.read = {node.id for node in names}
        self.assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        self.changed = {_root(node).id for node in ast.walk(module) if _is_place(node)}
        given = [dict.fromkeys([*SEND[: len(send.args)], *_named(send)]) for send in _effects(module, "send")]
        sent = ({"topic", "meta"} if given else set()) | {"payload" for names in given if "payload" not in names}
        self.read |= sent
        self._own = self.changed - _taken(module) - sent

    def body(self) -> list[ast.stmt]:
        """All statements, and what stands before them."""
        first = self._module.body[0]
        flags = [_set(f"o_{name}", constant(False, first), first) for name in sorted(self._own)]
        return [*flags, *self._block(self._module.body)]

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        return [made for statement in statements for made in self._statement(statement)]

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, ast.Assign):
            return self._assign(node.targets[0], node.value, node)
        if isinstance(node, ast.AugAssign):
            value = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
            return self._assign(node.target, value, node)
        if isinstance(node, ast.Delete):
            return [self._deleted(target, node) for target in node.targets]
        if isinstance(node, ast.If):
            test, then = self._form.visit(node.test), self._block(node.body)
            return [ast.copy_location(ast.If(test, then, self._block(node.orelse)), node)]
        if isinstance(node, ast.For):
            return [self._for(node)]
        if isinstance(node, ast.Expr):
            return self._effect(cast(ast.Call, node.value))
        return [node]

    def _for(self, node: ast.For) -> ast.stmt:
        price = sum(map(units, node.body)) + 2
        body = [*ast.parse(f"_b.left -= {price}\nif _b.left < 0: _b.spent()").body]
        for part in body:
            for inner in ast.walk(part):
                if hasattr(inner, "col_offset"):
                    ast.copy_location(inner, node)
        items = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        names = [item.id for item in items if isinstance(item, ast.Name)]
        body += [_set(f"o_{name}", constant(False, node), node) for name in names if name in self._own]
        target = self._form.names(node.target) if isinstance(node.target, ast.Tuple) else self._form.visit(node.target)
        source = self._form.source(node.iter, 0)
        return ast.copy_location(ast.For(target, source, [*body, *self._block(node.body)], []), node)

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(target, (ast.Tuple, ast.List)):
            pair = call("_several", [self._form.visit(value), constant(len(target.elts), node)], node)
            names = [cast(ast.Name, item).id for item in target.elts]
            lost = [flag for name in names for flag in self._mine(name, False, node)]
            return [ast.copy_location(ast.Assign([self._form.names(target)], pair), node), *lost]
        if isinstance(target, ast.Name):
            return self._named(target, value, node)
        root, steps = _path(target)
        if root.id in self._own and len(steps) == 1:
            return self._placed(root.id, steps[0], value, node)
        keys = ast.copy_location(ast.Tuple([self._form.visit(step) for step in steps], ast.Load()), node)
        changed = call("_with", [self._load(root), keys, self._form.put(value)], target)
        return [_set(f"v_{root.id}", changed, node), *self._mine(root.id, True, node)]

    def _named(self, target: ast.Name, value: ast.expr, node: ast.stmt) -> list[ast.stmt]:
        made = self._form.visit(value)
        if target.id == "time":
            at = _set("n_time", call("_time_ns", [made], value), node)
            seconds = ast.copy_location(ast.BinOp(load("n_time", node), ast.Div(), constant(NS_PER_S, node)), node)
            return [at, _set("v_time", seconds, node)]
        if target.id in ("topic", "meta"):
            made = call(f"_{target.id}", [made], value)
        return [_set(f"v_{target.id}", made, node), *self._mine(target.id, isinstance(value, FRESH), node)]

    def _placed(self, name: str, step: ast.expr, value: ast.expr, node: ast.stmt) -> list[ast.stmt]:
        """`name[step] = value` in a map that nobody else holds by then."""
        own = call("_own", [load(f"v_{name}", node)], node)
        take = ast.If(
            ast.copy_location(ast.UnaryOp(ast.Not(), load(f"o_{name}", node)), node),
            [_set(f"v_{name}", own, node), *self._mine(name, True, node)],
            [],
        )
        made, key, holder = self._form.put(value), self._form.visit(step), load(f"v_{name}", node)
        place: ast.stmt
        if isinstance(step, ast.Constant) and isinstance(step.value, str):
            there = ast.copy_location(ast.Subscript(holder, key, ast.Store()), node)
            place = ast.Assign([there], load("n_value", node))
        else:
            place = ast.Expr(call("_put", [holder, key, load("n_value", node)], node))
        return [_set("n_value", made, node), ast.copy_location(take, node), ast.copy_location(place, node)]

    def _mine(self, name: str, mine: bool, node: ast.stmt) -> list[ast.stmt]:
        return [_set(f"o_{name}", constant(mine, node), node)] if name in self._own else []

    def _deleted(self, target: ast.expr, node: ast.stmt) -> ast.stmt:
        root, steps = _path(target)
        keys = ast.copy_location(ast.Tuple([self._form.visit(step) for step in steps], ast.Load()), node)
        return _set(f"v_{root.id}", call("_without", [self._load(root), keys], target), node)

    def _load(self, root: ast.Name) -> ast.expr:
        return load(f"v_{root.id}", root)

    def _effect(self, node: ast.Call) -> list[ast.stmt]:
        name = cast(ast.Name, node.func).id
        if name == "drop":
            return self._drop(node)
        arguments = [self._form.visit(argument) for argument in node.args]
        if name == "send":
            arguments = self._sent(node)
        return [ast.copy_location(ast.Expr(call(f"_{name}", arguments, node)), node)]

    def _drop(self, node: ast.AST) -> list[ast.stmt]:
        keep = [_keep_state(node)] if "state" in self.read else []
        return [*keep, ast.copy_location(ast.Return(constant(None, node)), node)]

    def _sent(self, node: ast.Call) -> list[ast.expr]:
        given = dict(zip(SEND, node.args, strict=False)) | {str(k.arg): k.value for k in node.keywords}
        payload = self._form.visit(given["payload"]) if "payload" in given else load("v_payload", node)
        topic = call("_topic", [self._form.visit(given["topic"])], node) if "topic" in given else load("v_topic", node)
        time = load("n_time", node) if "time" in self.assigned else _of_message("time_ns", node)
        port = self._form.visit(given["port"])
        return [load("sent", node), load("m", node), port, payload, topic, time, load("v_meta", node)]

    def end(self) -> list[ast.stmt]:
        """What gives the message on."""
        last = self._module.body[-1]
        keep = [_keep_state(last)] if "state" in self.read else []
        touched = self.assigned | self.changed
        if not touched & {"payload", "topic", "time", "meta"}:
            return [*keep, ast.copy_location(ast.Return(load("m", last)), last)]
        fields = [
            load(f"v_{name}", last) if name in touched else _of_message(name, last) for name in ("payload", "topic")
        ]
        fields.append(load("n_time", last) if "time" in touched else _of_message("time_ns", last))
        fields.append(load("v_meta", last) if "meta" in touched else _of_message("meta", last))
        fields += [_of_message("arrived_ns", last), _of_message("id", last)]
        return [*keep, ast.copy_location(ast.Return(call("_message", fields, last)), last)]


def _set(name: str, value: ast.expr, node: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Assign([ast.copy_location(ast.Name(name, ast.Store()), node)], value), node)


def _keep_state(node: ast.AST) -> ast.stmt:
    kept = ast.copy_location(ast.Attribute(load("_b", node), "state", ast.Store()), node)
    return ast.copy_location(ast.Assign([kept], load("v_state", node)), node)


def _of_message(name: str, node: ast.AST) -> ast.expr:
    return ast.copy_location(ast.Attribute(load("m", node), name, ast.Load()), node)


def _is_place(node: ast.AST) -> bool:
    return isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del))


def _root(node: ast.AST) -> ast.Name:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return cast(ast.Name, node)


def _path(node: ast.expr) -> tuple[ast.Name, list[ast.expr]]:
    steps: list[ast.expr] = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        step = ast.copy_location(ast.Constant(node.attr), node) if isinstance(node, ast.Attribute) else node.slice
        steps.append(step)
        node = node.value
    return cast(ast.Name, node), steps[::-1]


def _loaded(node: ast.expr) -> ast.expr:
    """The same place, read."""
    if isinstance(node, ast.Attribute):
        return ast.copy_location(ast.Attribute(node.value, node.attr, ast.Load()), node)
    if isinstance(node, ast.Subscript):
        return ast.copy_location(ast.Subscript(node.value, node.slice, ast.Load()), node)
    return ast.copy_location(ast.Name(cast(ast.Name, node).id, ast.Load()), node)


def _effects(module: ast.Module, name: str) -> list[ast.Call]:
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call))
    return [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == name]


def _named(node: ast.Call) -> set[str]:
    return {str(keyword.arg) for keyword in node.keywords}


def _taken(module: ast.Module) -> set[str]:
    """Names whose whole value something else may hold from then on."""
    harmless: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            harmless.add(id(node.value))
        elif isinstance(node, ast.Compare):
            harmless |= {id(side) for side in (node.left, *node.comparators)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NOT_TAKEN:
            harmless |= set(map(id, node.args))
    names = (node for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return {node.id for node in names if id(node) not in harmless}
