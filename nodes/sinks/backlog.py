"""`backlog`: what waits before or in another node of this flow."""

from __future__ import annotations

from collections.abc import Sequence

from flowengine import Config, Example, Message, Messages, Rejected, Sink


class BacklogConfig(Config):
    """Settings of `backlog`."""

    node: str
    """The node whose queue or spool is meant; of a `queue` the jobs that wait."""

    purge: bool = False
    """Drop what waits there; it is counted."""


class Backlog(Sink):
    """Answer how many messages and bytes wait before a node or in a `queue`; with `purge` drop them first, and answer
    also how many those were.
    """

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
        purged = {"purged": waiting.purge()} if self.config.purge else {}
        found = {"node": self.config.node, "messages": waiting.messages, "size_bytes": waiting.size_bytes, **purged}
        return [message.with_payload(found) for message in messages]
