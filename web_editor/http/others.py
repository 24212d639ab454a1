"""Asks the other workers of a cluster what only they know, and answers them. Who asks was let in where he logged in.

A question is one of the API's own routes with who asks it and his role: it is answered as if he stood here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from aiohttp import web

from web_editor.asking import Answer, Question, ask, read_question
from web_editor.auth.access import Caller, check_role
from web_editor.problems import Fault, Problem
from web_editor.routing import Call, Count, Reply, Route, converted, decoded
from web_editor.services import Services

NOT_HERE = ("urn:flowengine:not-found", "urn:flowengine:not-running")
"""What a worker says of what another one may have."""


class Others:
    """Of one engine and its routes."""

    def __init__(self, services: Services, routes: Iterable[Route]):
        self._services = services
        self._routes = {(route.method, route.path): route for route in routes if route.owned or route.joined}

    async def handled(self, call: Call) -> Any:
        """What the route's handler answers here; where another worker must, what that one answers."""
        route = call.route
        if self._services.engine.cluster is None or not (route.owned or route.joined):
            return await route.handler(call)
        if route.joined is not None:
            return await self._joined(call)
        try:
            return await route.handler(call)
        except Fault as fault:
            if fault.problem.type not in NOT_HERE:
                raise
            return await self._of_owner(call, fault)

    async def answer(self, asked: bytes) -> bytes:
        """What the question's route answers here."""
        question = read_question(asked)
        try:
            value = self._services.encode(await self._handled(question))
            return msgspec.msgpack.encode(Answer(value))
        except Fault as fault:
            return msgspec.msgpack.encode(Answer(problem=fault.problem))

    async def _handled(self, question: Question) -> Any:
        route = self._routes.get((question.method, question.path))
        if route is None or not self._services.open:
            raise Fault("not-found", "this worker answers no such question")
        caller = Caller(question.user, question.role, "token", "")
        check_role(caller, route.role, False)
        nobody = cast(web.Request, None)  # it came over no connection of ours
        call = Call(self._services, nobody, route, caller, parts=question.parts)
        if route.query is not None:
            call.query = converted(question.query, route.query)
        if route.body is not None:
            call.body = decoded(question.body, route.body)
        found = await route.handler(call)
        return found.value if isinstance(found, Reply) else found

    async def _of_owner(self, call: Call, fault: Fault) -> Any:
        """What the worker that has it answers. Raises what that one raises, or `fault` where none has it."""
        answers = await self._asked(call)
        for answer in answers:
            if answer is not None and answer.problem is None:
                return msgspec.Raw(answer.value)
            if answer is not None and answer.problem is not None and answer.problem.type not in NOT_HERE:
                raise _again(answer.problem)
        if None in answers:
            raise Fault("unavailable", "a worker that may have this does not answer; whether it did it is not known")
        raise fault

    async def _joined(self, call: Call) -> Any:
        """What all answer, joined; a worker that fails is left out where another one does not."""
        route = call.route
        assert route.joined is not None
        query = call.query
        if route.widened is not None:
            call.query = route.widened(query)
        others = await self._asked(call)
        found, fault = [], None
        try:
            found.append(await route.handler(call))
        except Fault as here:
            fault = here
        found += [
            msgspec.json.decode(each.value, type=route.answer) for each in others if each and each.problem is None
        ]
        problems = [each.problem for each in others if each is not None and each.problem is not None]
        fault = fault or next(map(_again, problems), None)
        if not found:
            raise fault or Fault("unavailable", retry_after_s=1.0)
        joined = route.joined(query, found)
        if fault is not None and joined == Count(0):
            raise fault  # who had something to do could not
        return joined

    async def _asked(self, call: Call) -> list[Answer | None]:
        cluster, caller = self._services.engine.cluster, call.caller
        assert cluster is not None and caller is not None
        query = {name: str(value) for name, value in _fields(call.query).items() if value is not None}
        body = msgspec.json.encode(call.body) if call.body is not None else b""
        parts = dict(call.parts if call.parts is not None else call.request.match_info)
        question = Question(call.route.method, call.route.path, parts, query, body, caller.name, caller.role)
        return await ask(cluster, question)


def _fields(query: Any) -> Mapping[str, Any]:
    return msgspec.structs.asdict(query) if query is not None else {}


def _again(problem: Problem) -> Fault:
    """The fault that another worker told."""
    fault = Fault("unavailable")
    fault.problem = problem
    return fault
