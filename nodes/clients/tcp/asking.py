"""One question and its answer at a time on a shared TCP connection. Never here: what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from nodes.clients.tcp.port import TcpPort

Cut = Callable[[bytes], Sequence[Any]]
"""Takes what came and returns what it completes. Raises ValueError for what is no answer."""


class NoAnswer(Exception):
    """The other side did not answer in time."""


async def ask(port: TcpPort, question: bytes, cut: Cut, timeout_s: float) -> Any:
    """The first answer that comes after the question was sent.

    Raises the ValueError of `cut`, `LineAway` where nothing was sent, `LineLost` or `NoAnswer` where nobody
    knows whether it arrived. After `NoAnswer` the connection is made anew: a late answer cannot be told from the
    next one's.
    """
    async with port.asking:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def on_data(data: bytes) -> None:
            if answer.done():
                return
            try:
                found = cut(data)
            except ValueError as fault:
                answer.set_exception(fault)
                return
            if found:
                answer.set_result(found[0])

        port.add_reader(on_data)
        port.awaits(answer)
        try:
            await port.write(question, timeout_s)
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            port.line.drop(f"no answer within {timeout_s:g} s")
            raise NoAnswer(f"no answer within {timeout_s:g} s") from None
        finally:
            port.awaits(answer, False)
            port.remove_reader(on_data)
            answer.cancel()
