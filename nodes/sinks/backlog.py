"""`backlog`: what waits before another node of this flow."""

from __future__ import annotations

from collections.abc import Sequence

from flowengine import Config, Example, Message, Messages, Rejected, Sink


class BacklogConfig(Config):
    """Settings of `backlog`."""

    node: str
    """The node whose queue or spool is meant."""

    purge: bool = False
    """Drop what waits there; it is counted."""


class Backlog(Sink):
    """Answer how many messages and bytes wait before a node, or drop them and answer how many those were."""

    config: BacklogConfig
    outputs = ("out",)
    runs_in_tests = True
    examples = (
        Example("How much waits for the broker?", "{node: publish}"),
        Example("Give up what waits", "{node: publish, purge: true}"),
    )

    async def write(self, messages: Messages) -> Sequence[Message]:
        waiting = self.context.waiting(self.config.node)
        if waiting is None:
            raise Rejected(f"{self.config.node} is no node with a queue")
        found = {"node": self.config.node, "messages": waiting.messages, "size_bytes": waiting.size_bytes}
        if self.config.purge:
            found["purged"] = waiting.purge()
        return [message.with_payload(found) for message in messages]
