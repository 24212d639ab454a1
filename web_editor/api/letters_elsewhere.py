"""Dead letters whose node another worker runs by now: given to that one, and forgotten once they are settled there."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from flowengine.message import Message, pack, unpack
from flowengine.runtime.inject import Full
from web_editor.asking import Question, ask
from web_editor.auth.access import Caller
from web_editor.monitor.redrive import LetterKey
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Route
from web_editor.services import Services

MOST_BYTES = 600 * 1024
"""Of a letter that another worker can be given: as text in a question it is a third more."""


class Given(Body):
    """A letter by what it is called everywhere, for a node of a unit; without its message it is only asked for."""

    letter: str
    unit: str
    node: str
    message: bytes | None = None


class Taken(msgspec.Struct):
    """Whether all that came of it is settled."""

    settled: bool


class Refused(Exception):
    """It could not be given; says why."""


async def take(call: Call) -> Taken:
    """Give a letter of another worker to its node, once however often it comes; and whether it is settled."""
    given, services = call.body, call.services
    taken, runner = services.redriving.taken, services.engine.here.get(given.unit)
    if (state := taken.settled(given.letter, runner)) is not None:
        return Taken(state)
    if runner is None or given.message is None:
        raise Fault("not-running", f"{given.unit} does not run here, or knows nothing of it")
    settled = taken.begin(given.letter, runner)
    try:
        services.engine.inject(given.unit, given.node, unpack(given.message), ack=settled)
    except (KeyError, Full) as fault:
        taken.forget(given.letter)
        if isinstance(fault, Full):
            raise Fault("throttled", "its queue is full", retry_after_s=1.0) from None
        raise Fault("not-running", f"{given.node} is not in what runs") from None
    return Taken(taken.settled(given.letter, runner) is True)


async def give(
    call: Call, key: LetterKey, died_ns: int, unit: str, node: str, message: Message, settled: Callable[[], None]
) -> None:
    """Have the worker that runs the unit take the letter; it is followed until it is settled. Raises `Refused`."""
    assert call.caller is not None
    packed = pack(message)
    if len(packed) > MOST_BYTES:
        raise Refused("it is too large to be given to another worker")
    given = Given("/".join(map(str, (*key, died_ns))), unit, node, packed)
    answer = await _asked(call.services, call.caller, given)
    if answer is True:
        settled()
        return
    if answer is None or isinstance(answer, str):
        # a worker that was silent may have it all the same: asked again with it, it takes it once
        raise Refused(answer or "a worker does not answer; give it back again later")
    services, caller = call.services, call.caller
    asked = msgspec.structs.replace(given, message=None)
    services.redriving.away[key] = lambda: _asked(services, caller, asked)


async def _asked(services: Services, caller: Caller, given: Given) -> bool | str | None:
    """Whether it is settled; why nobody has it; None where that is not known now."""
    assert services.engine.cluster is not None
    body = msgspec.json.encode(given)
    answers = await ask(
        services.engine.cluster, Question("POST", "dead-letters/take", {}, {}, body, caller.name, caller.role)
    )
    for answer in answers:
        if answer is not None and answer.problem is None:
            return msgspec.json.decode(answer.value, type=Taken).settled
        if answer is not None and answer.problem is not None and answer.problem.type != "urn:flowengine:not-running":
            return answer.problem.detail or answer.problem.title
    return None if None in answers else f"no worker runs {given.unit.replace('.', '/')} now"


QUESTIONS = [Route("POST", "dead-letters/take", "integrator", take, Taken, Given, owned=True)]
