"""A text as the JSON that each kind of chat takes: cut at its limit, and what a message fills in is never markup there.

Nothing here sends or knows addresses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

ChatName = Literal["slack", "mattermost", "teams", "discord", "telegram", "ntfy"]
_CALLS = re.compile(r"@(?=(all|channel|here)\b)")


class Chat(NamedTuple):
    """What one kind of chat takes."""

    body: Callable[[str, str], dict[str, Any]]
    """The JSON of a text and a room."""

    most_bytes: int
    encoding: Literal["utf-8", "utf-16-le"] = "utf-16-le"
    """The longest text, in bytes of this encoding: most count UTF-16, some bytes."""

    room: str = ""
    """What `room` is there; empty where an address is one room."""

    needs_room: bool = False
    plain: Callable[[str], str] = str
    """What a message fills in, so that it is shown as it is."""

    def cut(self, text: str) -> str:
        """The text, or as much of its beginning as the chat takes, with an ellipsis."""
        coded = text.encode(self.encoding, "replace")
        if len(coded) <= self.most_bytes:
            return text
        return coded[: self.most_bytes - 4].decode(self.encoding, "ignore") + "…"


def _slack(text: str) -> str:
    return html.escape(text, quote=False)


def _mattermost(text: str) -> str:
    return _CALLS.sub("@\u200b", _slack(text))


def _card(text: str, _: str) -> dict[str, Any]:
    block = {"type": "TextBlock", "text": text.replace("\n", "\n\n"), "wrap": True}
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [block]}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


CHATS: Mapping[str, Chat] = MappingProxyType(
    {
        "slack": Chat(lambda text, _: {"text": text}, 80_000, plain=_slack),
        "mattermost": Chat(
            lambda text, room: {"text": text, **({"channel": room} if room else {})},
            32_766,
            room="a channel, by default the webhook's own",
            plain=_mattermost,
        ),
        "teams": Chat(_card, 20_000, "utf-8"),
        "discord": Chat(lambda text, _: {"content": text, "allowed_mentions": {"parse": []}}, 4_000),
        "telegram": Chat(
            lambda text, room: {"chat_id": room, "text": text}, 8_192, room="the id of the chat", needs_room=True
        ),
        "ntfy": Chat(
            lambda text, room: {"topic": room, "message": text}, 4_096, "utf-8", room="the topic", needs_room=True
        ),
    }
)
"""By name. Limits: api.slack.com (40,000 characters), Mattermost (16,383), Teams (28 KB in all), Discord (2,000),
Telegram (4,096), ntfy (4,096 bytes; more becomes an attachment)."""


def fault_of_address(name: str, url: str) -> str:
    """Why a chat of this kind takes nothing at an address; empty where it may. An address is a secret: none is told."""
    path = urlsplit(url).path
    if name == "ntfy" and path.strip("/"):
        return "ntfy takes messages at its root: leave the path out, `room` is the topic"
    if name == "telegram" and not path.endswith("/sendMessage"):
        return "Telegram takes messages at https://api.telegram.org/bot${secret:NAME}/sendMessage"
    return ""
