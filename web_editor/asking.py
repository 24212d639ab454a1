"""What workers of a cluster ask each other for people, and what they answer. Knows no route."""

from __future__ import annotations

import msgspec

from flowengine.runtime.elsewhere import Elsewhere
from flowengine.store.accounts import Role
from web_editor.problems import Problem


class Question(msgspec.Struct, array_like=True):
    """One request, to be answered by another worker."""

    method: str
    path: str
    parts: dict[str, str]
    query: dict[str, str]
    body: bytes
    user: str
    role: Role


class Answer(msgspec.Struct, array_like=True):
    """A value as JSON, or the problem."""

    value: bytes = b""
    problem: Problem | None = None


read_question = msgspec.msgpack.Decoder(Question).decode
read_answer = msgspec.msgpack.Decoder(Answer).decode


async def ask(cluster: Elsewhere, question: Question) -> list[Answer | None]:
    """What each of the other workers answers; None of one that is silent."""
    answers = await cluster.ask_others(msgspec.msgpack.encode(question))
    return [read_answer(each) if each is not None else None for each in answers]
